import { type GenerationRecord, readRecord } from '../generations/generation-record.ts';
import { controlRecords, type IndexControl } from '../generations/index-control.ts';
import type { TargetSink } from '../generations/target.ts';

export interface StoredGeneration {
  readonly record: GenerationRecord;
  /** null: the sink keeps none. */
  readonly revision: string | null;
}

/** All that a sink remembers of indexes. */
export interface StoredState {
  readonly generations: readonly StoredGeneration[];
  readonly controls: ReadonlyMap<string, IndexControl>;
}

/** What a sink remembers; what the run does, of one that keeps no records. */
export async function storedState(
  sink: TargetSink,
  memory: ReadonlyMap<string, GenerationRecord>,
): Promise<StoredState> {
  const store = sink.sink.records;
  if (store === undefined) {
    const generations = [...memory]
      .filter(([id]) => id.startsWith(`${sink.name}/`))
      .map(([, record]) => ({ record, revision: null }));
    return { generations, controls: new Map() };
  }
  const stored = await store.list();
  const generations = stored.flatMap(({ value, revision }) => {
    const record = readRecord(value);
    return record === null ? [] : [{ record, revision }];
  });
  return { generations, controls: controlRecords(stored) };
}
