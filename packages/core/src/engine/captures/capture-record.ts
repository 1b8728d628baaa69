import type { Position } from '../../contracts/index.ts';
import type { CapturePlugin } from './captures.ts';

/** The identity on record once a run has removed its own capture: the gap is known and nobody's fault. */
export const noCapture = 'none';

/** Up to where a generation has followed a capture. */
export interface Followed {
  readonly identity: string;
  /** Everything up to here is durable in the generation; null before the first. */
  readonly position: Position | null;
}

/** A capture that may have something in the source, though the generation does not follow it. */
export interface CaptureBeside {
  readonly plugin: CapturePlugin;
  /**
   * Where the generation left it for another one. The capture keeps everything after that until it is
   * removed, so the generation can go back to it. Null: never followed.
   */
  readonly left: Followed | null;
}

/** What a generation's record says of captures. */
export interface CaptureRecord extends Followed {
  /** What is followed; absent where nothing was yet, or where nobody wrote it down. */
  readonly plugin?: CapturePlugin;
  /**
   * Written before anything is made in the source and deleted after it was removed: nothing that a
   * crash or a changed configuration leaves behind is forgotten.
   */
  readonly besides?: readonly CaptureBeside[];
}

/** The capture that the generation follows; null where it follows none. */
export function followedPlugin({ identity, plugin }: CaptureRecord): CapturePlugin | null {
  return identity === '' || identity === noCapture ? null : (plugin ?? null);
}

/** The record once the generation follows `plugin`; what it followed before stands beside it. */
export function following(record: CaptureRecord, plugin: CapturePlugin, at: Followed): CaptureRecord {
  const before = followedPlugin(record);
  const left = { identity: record.identity, position: record.position };
  return {
    identity: at.identity,
    position: at.position,
    plugin,
    besides: [
      ...without(record, [plugin.name, ...(before === null ? [] : [before.name])]),
      ...(before === null || before.name === plugin.name ? [] : [{ plugin: before, left }]),
    ],
  };
}

/** The record with captures that are about to be made; the same record where it names them. */
export function naming(record: CaptureRecord, plugins: readonly CapturePlugin[]): CaptureRecord {
  const named = new Set(namedPlugins(record).map(({ name }) => name));
  const added = plugins.filter(({ name }) => !named.has(name)).map((plugin) => ({ plugin, left: null }));
  return added.length === 0 ? record : { ...record, besides: [...(record.besides ?? []), ...added] };
}

/** The record without a capture that is gone from the source; the same record where it does not name it. */
export function forgetting(record: CaptureRecord, name: string): CaptureRecord {
  const rest = without(record, [name]);
  return rest.length === (record.besides ?? []).length ? record : { ...record, besides: rest };
}

/** The record once the run takes all captures with it. They stay named: it may not come to that. */
export function unfollowing(record: CaptureRecord): CaptureRecord {
  const besides = namedPlugins(record).map((plugin) => ({ plugin, left: null }));
  return { identity: noCapture, position: null, besides };
}

/**
 * The record back at a capture that the generation left and that the others still follow; null where it
 * did not leave it, or left it for good.
 */
export function returning(record: CaptureRecord, name: string): CaptureRecord | null {
  const beside = record.besides?.find(({ plugin }) => plugin.name === name);
  if (beside === undefined || beside.left === null || followedPlugin(record)?.name === name) return null;
  const { plugin: left, besides } = following(record, beside.plugin, beside.left);
  const forgotten = (besides ?? []).map((each) => ({ plugin: each.plugin, left: null }));
  return { ...beside.left, ...(left === undefined ? {} : { plugin: left }), besides: forgotten };
}

/** Every capture that may have something in the source. */
export function namedPlugins({ plugin, besides = [] }: CaptureRecord): readonly CapturePlugin[] {
  return [...(plugin === undefined ? [] : [plugin]), ...besides.map((beside) => beside.plugin)];
}

/**
 * Which captures all of these generations can go on with, without a gap. After a switch that was cut
 * off in the middle of the records, that is the one that they come from.
 */
export function commonCaptures(records: readonly CaptureRecord[]): readonly string[] {
  const names = new Set(records.flatMap((record) => followedPlugin(record)?.name ?? []));
  return [...names].filter((name) =>
    records.every((record) => followedPlugin(record)?.name === name || returning(record, name) !== null),
  );
}

function without({ besides = [] }: CaptureRecord, names: readonly string[]): readonly CaptureBeside[] {
  return besides.filter(({ plugin }) => !names.includes(plugin.name));
}
