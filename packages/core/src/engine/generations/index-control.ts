import type { JsonValue, StoredRecord } from '../../contracts/index.ts';
import type { GenerationRecord } from './generation-record.ts';

/** A generation among those of one index. */
export interface GenerationName {
  readonly hash: string;
  readonly number: number;
}

/**
 * `reindex`: build the next generation. `rollback`: back to the kept one, or to the one in use where the
 * next is still being built. `release`: keep none any longer.
 */
export type ControlAction = 'reindex' | 'rollback' | 'release';

/** What somebody asked for, and what became of it. */
export interface ControlRequest {
  /** Tells this request from any other. */
  readonly id: string;
  readonly action: ControlAction;
  /** Of a reindex: the generation in use stays in step afterwards. */
  readonly keep: boolean;
  /** ms since the epoch. */
  readonly askedAt: number;
  readonly state: 'asked' | 'working' | 'done' | 'refused';
  /** Why it was refused, for people. */
  readonly reason: string | null;
  /** What it leads to, once that was decided. */
  readonly generation: GenerationName | null;
}

/**
 * What was decided about the generations of one index in one sink: a record of its own beside those of the
 * generations. Written by whoever asks for something and by the process that leads, by compare-and-set.
 */
export interface IndexControl {
  readonly format: 1;
  readonly kind: 'index-control';
  readonly index: string;
  /** The last one; null: nobody asked for anything yet. */
  readonly request: ControlRequest | null;
  /**
   * Which generation is wanted for as long as the configuration leads to the hash `configured`; null: what
   * follows from the configuration alone.
   */
  readonly choice: { readonly configured: string; readonly generation: GenerationName } | null;
  /** The generation that was promoted last; null: none, or before there were such records. */
  readonly inUse: GenerationName | null;
  /** Stays in step beside the one in use, for a rollback. */
  readonly kept: GenerationName | null;
}

export function controlId(index: string): string {
  return `control/${index}`;
}

export function emptyControl(index: string): IndexControl {
  return { format: 1, kind: 'index-control', index, request: null, choice: null, inUse: null, kept: null };
}

/** The control record in a stored value; null where it is none. */
export function readControl(value: JsonValue): IndexControl | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (!('kind' in value) || value['kind'] !== 'index-control' || value['format'] !== 1) return null;
  // Written by `writeControl` under the same format number; compare-and-set keeps others out.
  return JSON.parse(JSON.stringify(value)) as IndexControl;
}

export function writeControl(control: IndexControl): JsonValue {
  return JSON.parse(JSON.stringify(control));
}

/** Of what a sink keeps, by index. */
export function controlRecords(stored: readonly StoredRecord[]): ReadonlyMap<string, IndexControl> {
  const controls = stored.flatMap(({ value }) => readControl(value) ?? []);
  return new Map(controls.map((control) => [control.index, control]));
}

export function sameGeneration(one: GenerationName | null, other: GenerationName | null): boolean {
  return one !== null && other !== null && one.hash === other.hash && one.number === other.number;
}

/** A request is on record that is not carried out yet. */
export function isOpen(request: ControlRequest | null): request is ControlRequest {
  return request?.state === 'asked' || request?.state === 'working';
}

/**
 * The control once the configuration leads to `configured`: what was chosen for another one counts no
 * longer, and comes back no more, and a reindex under way is overtaken.
 */
export function forConfiguration(control: IndexControl, configured: string): IndexControl {
  if (control.choice === null || control.choice.configured === configured) return control;
  const { request } = control;
  const overtaken = request?.state === 'working';
  return {
    ...control,
    choice: null,
    request: overtaken
      ? { ...request, state: 'refused', reason: 'the configuration changed before it was done' }
      : request,
  };
}

export interface RequestContext {
  /** The hash that the configuration leads to. */
  readonly configured: string;
  /** Of this index in this sink. */
  readonly records: readonly GenerationRecord[];
  /** What users search now. */
  readonly promoted: GenerationName | null;
}

/** The control once a request that was asked for is decided; the same control where none was. */
export function decided(control: IndexControl, context: RequestContext): IndexControl {
  const { request } = control;
  if (request?.state !== 'asked') return control;
  const { configured, records, promoted } = context;
  const inUse = control.inUse ?? promoted;
  const chosen = (generation: GenerationName): IndexControl => ({
    ...control,
    inUse,
    choice: { configured, generation },
    request: { ...request, state: 'working', generation },
  });
  switch (request.action) {
    case 'release':
      return { ...control, kept: null, request: { ...request, state: 'done' } };
    case 'reindex':
      return chosen({ hash: configured, number: nextNumber(records) });
    case 'rollback': {
      const building = records.some(
        (record) => !record.seeded && record.dropping !== true && !sameGeneration(record, inUse),
      );
      const to = building ? inUse : control.kept;
      const obstacle = rollbackObstacle(to, records, building);
      if (to !== null && obstacle === null) return chosen({ hash: to.hash, number: to.number });
      return { ...control, request: { ...request, state: 'refused', reason: obstacle } };
    }
  }
}

export function nextNumber(records: readonly GenerationName[]): number {
  return records.reduce((highest, { number }) => Math.max(highest, number), 0) + 1;
}

/** Why nobody can go back to a generation; null where one can. */
export function rollbackObstacle(
  to: GenerationName | null,
  records: readonly GenerationRecord[],
  inUse: boolean,
): string | null {
  if (to === null) {
    return 'no former generation is kept: `reindex --keep` keeps one, and `keep_former: true` does where the configuration changes';
  }
  const name = `generation ${to.number} (${to.hash})`;
  const record = records.find((each) => sameGeneration(each, to));
  if (record === undefined || record.dropping === true) return `${name} is gone`;
  if (typeof record.frozen === 'string')
    return `${name} is frozen, since its schema no longer fits the tables: ${record.frozen}`;
  // Whatever users search now is no worse for being searched on.
  if (inUse) return null;
  if (record.behind !== null) return `${name} was left behind: ${record.behind}`;
  if (!record.seeded || record.scan !== null || record.requested !== null)
    return `${name} is being brought in step again; ask once more when \`sluice indexes\` says that it is kept`;
  return null;
}

/** The control once `generation` is what users search. `before`: what they searched until then. */
export function promotedIn(
  control: IndexControl,
  generation: GenerationName,
  { before, keepFormer }: { readonly before: GenerationName | null; readonly keepFormer: boolean },
): IndexControl {
  const { request } = control;
  const now = { hash: generation.hash, number: generation.number };
  const asked = request?.state === 'working' && sameGeneration(request.generation, now) ? request : null;
  // Where users search it already, a crash came after the alias had moved: the record still knows the former.
  const former = before === null || sameGeneration(before, now) ? control.inUse : before;
  const moved = former !== null && !sameGeneration(former, now);
  const keep = keepFormer || asked?.action === 'rollback' || asked?.keep === true;
  const stays = sameGeneration(control.kept, now) ? null : control.kept;
  const kept = moved ? (keep ? { hash: former.hash, number: former.number } : null) : stays;
  const done: ControlRequest | null = asked === null ? request : { ...asked, state: 'done' };
  const same =
    done === request &&
    sameGeneration(control.inUse, now) &&
    (kept === control.kept || sameGeneration(kept, control.kept));
  return same ? control : { ...control, inUse: now, kept, request: done };
}

/** The control where a generation gets another number than was decided: what has that one is somebody else's. */
export function renumbered(control: IndexControl, from: GenerationName, number: number): IndexControl {
  const to = { hash: from.hash, number };
  const { choice, request } = control;
  if (!sameGeneration(choice?.generation ?? null, from) || choice === null) return control;
  return {
    ...control,
    choice: { ...choice, generation: to },
    request:
      request !== null && sameGeneration(request.generation, from) ? { ...request, generation: to } : request,
  };
}
