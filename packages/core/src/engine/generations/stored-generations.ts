import type { GenerationSize, StoredRecord } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import { chooseGenerations } from './generation-choice.ts';
import { type GenerationRecord, generationRecords } from './generation-record.ts';
import { generationHash } from './generations.ts';
import { controlRecords, type GenerationName, type IndexControl, sameGeneration } from './index-control.ts';

/**
 * - `promoted`: users search it.
 * - `building`: takes over when it is complete.
 * - `kept`: in step beside the one in use, for a rollback.
 * - `behind`: kept, but it missed something and is brought in step again at the next start.
 * - `frozen`: kept, but its schema no longer fits the tables.
 * - `unused`: nobody wants it any more; a run or `prune` drops it.
 */
export type GenerationState = 'promoted' | 'building' | 'kept' | 'behind' | 'frozen' | 'unused';

/** One generation in one sink, for people. */
export interface ListedGeneration {
  readonly index: string;
  readonly sink: string;
  readonly number: number;
  readonly hash: string;
  readonly state: GenerationState;
  /** It is what the configuration leads to; false also where the index is not in it. */
  readonly configured: boolean;
  readonly seeded: boolean;
  readonly epoch: number;
  /** How much a search could find now; null: unknown. */
  readonly size: GenerationSize | null;
  /** What is being scanned; null: nothing. */
  readonly scan: { readonly rows: number; readonly ranges: number; readonly finished: number } | null;
  /** Why it is behind or frozen; null where it is neither. */
  readonly reason: string | null;
  /** Who wrote to it last without giving it back, for people; null: nobody, or a process that ended well. */
  readonly writer: string | null;
  readonly source: { readonly host: string; readonly database: string };
}

export interface StateQuestion {
  /** Of the index in the sink. */
  readonly records: readonly GenerationRecord[];
  readonly control: IndexControl | null;
  readonly promoted: GenerationName | null;
  /** The hash that the configuration leads to; null where it does not send the index to the sink. */
  readonly configured: string | null;
}

/** What a generation is among those of its index. */
export function stateOf(record: GenerationRecord, question: StateQuestion): GenerationState {
  const { records, control, promoted, configured } = question;
  if (record.dropping === true) return 'unused';
  if (sameGeneration(record, promoted)) return 'promoted';
  if (configured !== null && chooseGenerations(records, configured, control).current === record) {
    return 'building';
  }
  // Also of an index that this configuration does not have: somebody may want to go back to it.
  if (!sameGeneration(record, control?.kept ?? null)) return 'unused';
  if (typeof record.frozen === 'string') return 'frozen';
  const inStep = record.seeded && record.behind === null && record.scan === null && record.requested === null;
  return inStep ? 'kept' : 'behind';
}

/** What a sink remembers of indexes, with what of it the configuration wants. */
export interface SinkGenerations {
  readonly sink: EngineSink;
  readonly stored: readonly StoredRecord[];
  /** By index. */
  readonly questions: ReadonlyMap<string, StateQuestion>;
}

/**
 * Reads what a sink remembers. `indexes`: all of the configuration, disabled ones, too. Rejects with what the
 * sink throws.
 */
export async function readGenerations(
  sink: EngineSink,
  indexes: readonly EngineIndex[],
): Promise<SinkGenerations> {
  const stored = (await sink.sink.records?.list()) ?? [];
  const controls = controlRecords(stored);
  const all = generationRecords(stored);
  const questions = new Map<string, StateQuestion>();
  for (const name of new Set(all.map(({ index }) => index))) {
    const index = indexes.find(({ schema, sinks }) => schema.index === name && sinks.includes(sink.name));
    questions.set(name, {
      records: all.filter((record) => record.index === name),
      control: controls.get(name) ?? null,
      promoted: (await sink.sink.generations?.promoted(name)) ?? null,
      configured: index === undefined ? null : generationHash(sink.sink, index),
    });
  }
  return { sink, stored, questions };
}

/** Every generation that a sink remembers, newest first within its index. */
export async function listGenerations(held: SinkGenerations): Promise<readonly ListedGeneration[]> {
  const listed: ListedGeneration[] = [];
  for (const question of held.questions.values()) {
    for (const record of question.records.toSorted((a, b) => b.number - a.number)) {
      listed.push(await described(record, held.sink, question));
    }
  }
  return listed.sort((a, b) => (a.index < b.index ? -1 : a.index > b.index ? 1 : 0));
}

async function described(
  record: GenerationRecord,
  { name: sink, sink: { generations } }: EngineSink,
  question: StateQuestion,
): Promise<ListedGeneration> {
  const { index, number, hash, seeded, epoch, scan, lease, source } = record;
  return {
    index,
    sink,
    number,
    hash,
    state: stateOf(record, question),
    configured: hash === question.configured,
    seeded,
    epoch,
    size: await sizeOf(record, generations),
    scan: scan && {
      rows: scan.rows,
      ranges: scan.boundaries === null ? 0 : scan.boundaries.length + 1,
      finished: scan.finished.length,
    },
    reason: record.frozen ?? record.behind ?? record.stopped ?? null,
    writer: lease?.told ?? null,
    source: { host: source.host, database: source.database },
  };
}

/** A size that cannot be told now keeps nobody from seeing the rest. */
async function sizeOf(
  record: GenerationRecord,
  generations: EngineSink['sink']['generations'],
): Promise<GenerationSize | null> {
  try {
    return (await generations?.size?.(record)) ?? null;
  } catch (error) {
    if (isSluiceError(error)) return null;
    throw error;
  }
}
