import type { DeadLetter, DeadLetterStore, Generation } from '../../contracts/index.ts';
import { type GenerationRecord, generationRecords } from '../generations/generation-record.ts';
import type { EngineSink } from '../run/run-options.ts';
import { deadLetters } from './unanswered-letters.ts';

/** The dead letters of one generation in one sink, for whoever looks from outside of a run. */
export interface DeadLetterBox {
  readonly sink: EngineSink;
  readonly record: GenerationRecord;
  readonly generation: Generation;
  readonly store: DeadLetterStore;
  /** The letters that stand, in pages. */
  list(): AsyncIterable<readonly DeadLetter[]>;
}

/**
 * Every generation that the sinks have on record and may have letters of, by index, sink and number. A sink
 * without records or a place for letters has none. Changes nothing.
 */
export async function deadLetterBoxes(sinks: readonly EngineSink[]): Promise<readonly DeadLetterBox[]> {
  const boxes: DeadLetterBox[] = [];
  for (const each of sinks) {
    const { records, deadLetters: store } = each.sink;
    if (records === undefined || store === undefined) continue;
    for (const record of generationRecords(await records.list())) {
      const { index, hash, number, schema } = record;
      const generation = { index, hash, number, schema };
      boxes.push({ sink: each, record, generation, store, list: () => deadLetters(each.sink, generation) });
    }
  }
  return boxes.toSorted(
    (a, b) => a.record.index.localeCompare(b.record.index) || a.record.number - b.record.number,
  );
}
