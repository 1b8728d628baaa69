import { randomUUID } from 'node:crypto';
import type { RecordStore, StoredRecord } from '../../contracts/index.ts';
import {
  type ControlRequest,
  controlId,
  emptyControl,
  type IndexControl,
  isOpen,
  readControl,
  writeControl,
} from './index-control.ts';

export interface ReindexOptions {
  /** `rollback`: back to the kept generation, or to the one in use where the next is being built. */
  readonly action: 'reindex' | 'rollback' | 'release';
  /** Of a reindex: the generation in use stays in step afterwards, for a rollback. Default false. */
  readonly keep?: boolean;
}

export interface Requested {
  readonly request: ControlRequest;
  /** The same had been asked for before and is not done yet: that request stands for both. */
  readonly joined: boolean;
}

/**
 * Puts on record that an index is to be built anew or rolled back in the sink that has these records.
 * The process that leads carries it out within seconds, or at its next start. Rejects with what the store
 * throws; asking twice is once.
 */
export async function requestReindex(
  store: RecordStore,
  index: string,
  { action, keep = false }: ReindexOptions,
): Promise<Requested> {
  const id = randomUUID();
  const control = await changeControl(store, index, (held) => {
    const { request } = held;
    if (isOpen(request) && request.action === action) {
      return request.keep || !keep ? held : { ...held, request: { ...request, keep } };
    }
    const asked = {
      id,
      action,
      keep,
      askedAt: Date.now(),
      state: 'asked',
      reason: null,
      generation: null,
    } as const;
    return { ...held, request: asked };
  });
  if (control.request === null) throw new Error('what was just asked for is on record');
  return { request: control.request, joined: control.request.id !== id };
}

/** What was decided about an index; null: nothing yet. */
export async function storedControl(store: RecordStore, index: string): Promise<IndexControl | null> {
  const [control] = await storedControls(store, [index]);
  return control ?? null;
}

/** Of these indexes, those about which anything was decided. */
export async function storedControls(
  store: RecordStore,
  indexes: readonly string[],
): Promise<readonly IndexControl[]> {
  const stored = await recordsWithIds(store, indexes.map(controlId));
  return stored.flatMap(({ value }) => readControl(value) ?? []);
}

/** Changes the control of an index by compare-and-set, whoever else changes it. Resolves to what is held then. */
export async function changeControl(
  store: RecordStore,
  index: string,
  change: (control: IndexControl) => IndexControl,
): Promise<IndexControl> {
  const id = controlId(index);
  for (;;) {
    const [stored] = await recordsWithIds(store, [id]);
    const held = (stored === undefined ? null : readControl(stored.value)) ?? emptyControl(index);
    const changed = change(held);
    if (changed === held) return held;
    const revision = await store.put(id, writeControl(changed), stored?.revision ?? null);
    if (revision !== null) return changed;
  }
}

async function recordsWithIds(store: RecordStore, ids: readonly string[]): Promise<readonly StoredRecord[]> {
  if (store.read !== undefined) return store.read(ids);
  return (await store.list()).filter(({ id }) => ids.includes(id));
}
