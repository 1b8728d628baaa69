import type { RecordStore } from '../../contracts/index.ts';
import { type GenerationRecord, generationRecords, type Lease } from './generation-record.ts';
import { type ControlRequest, controlRecords, sameGeneration } from './index-control.ts';

/** How far a request has come that `requestReindex` put on record. */
export interface RequestProgress {
  /**
   * `asked`: nobody has begun. `filling`: the generation is scanned. `taking over`: it is complete and waits
   * for what is visible now, or for its turn. `replaced`: somebody asked for something else since.
   */
  readonly phase: 'asked' | 'filling' | 'taking over' | 'done' | 'refused' | 'replaced';
  readonly request: ControlRequest | null;
  /** What the request leads to; null before that was decided, or once it is gone. */
  readonly generation: GenerationRecord | null;
  /** The former generation that is kept for a rollback, by number; null: none. */
  readonly kept: number | null;
  /** Of rows, as far as ranges tell; an estimate. */
  readonly rows: { readonly done: number; readonly total: number } | null;
  /** Of every generation of the index, by its place: whoever follows them renews these. */
  readonly leases: ReadonlyMap<string, Lease | null>;
}

/** Rejects with what the store throws. */
export async function requestProgress(
  store: RecordStore,
  index: string,
  id: string,
): Promise<RequestProgress> {
  const stored = await store.list();
  const control = controlRecords(stored).get(index);
  const records = generationRecords(stored).filter((record) => record.index === index);
  const request = control?.request ?? null;
  const generation = records.find((record) => sameGeneration(record, request?.generation ?? null)) ?? null;
  return {
    phase: request?.id === id ? phaseOf(request, generation) : 'replaced',
    request,
    generation,
    kept: control?.kept?.number ?? null,
    rows: rowsOf(generation),
    leases: new Map(records.map(({ hash, number, lease }) => [`${hash}/${number}`, lease])),
  };
}

function phaseOf(request: ControlRequest, generation: GenerationRecord | null): RequestProgress['phase'] {
  if (request.state !== 'working') return request.state;
  return generation === null || generation.scan !== null ? 'filling' : 'taking over';
}

function rowsOf(generation: GenerationRecord | null): RequestProgress['rows'] {
  if (generation === null || generation.scan === null || generation.scan.boundaries === null) return null;
  const { boundaries, finished, rows } = generation.scan;
  return { done: Math.round((rows * finished.length) / (boundaries.length + 1)), total: rows };
}
