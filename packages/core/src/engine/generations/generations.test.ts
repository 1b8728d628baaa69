import { expect, test } from 'vitest';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { LeaseWatch } from '../identity/lease-watch.ts';
import { fanOut } from '../run/observers.ts';
import type { StoredGeneration } from '../run/stored-state.ts';
import { readRecord, writeRecord } from './generation-record.ts';
import { openGenerations } from './generations.ts';

const observer = fanOut([]);
const source = {
  system: '7',
  timeline: '00000002',
  databaseOid: '5',
  database: 'shop',
  host: 'db',
  version: 100n,
};

/** A generation that was written with an epoch, opened by a run that saw the source's history go back. */
async function reopened(held: { epoch: number; known: number | null; seen: number }): Promise<number> {
  const sink = createReferenceSink(new MemoryStore(), 'versioned');
  const { records } = sink;
  if (records === undefined) throw new Error('the reference keeps records');
  const place = {
    name: 'search',
    required: true,
    sink,
    health: new SinkHealth('search', observer),
    patienceMs: 1_000,
  };
  const epochs = new Map<string, number>();
  const opening = {
    indexes: [
      {
        schema: shopSchema('shop', ''),
        sinks: ['search'],
        onReject: 'stop',
        holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
      },
    ],
    fits: () => true,
    source,
    capture: 'slot',
    leases: new LeaseWatch('me'),
    askedAt: 0,
    restart: null,
    epochs,
    adopt: false,
    observer,
    memory: new Map(),
  } as const;
  const [made] = await openGenerations(place, { generations: [], controls: new Map() }, opening);
  if (made === undefined) throw new Error('one generation is made');
  const generations: StoredGeneration[] = [];
  for (const { id, value, revision } of await records.list()) {
    const record = readRecord(value);
    if (record === null) continue;
    const filled = {
      ...record,
      seeded: true,
      epoch: held.epoch,
      capture: { ...record.capture, identity: 'slot' },
    };
    generations.push({ record: filled, revision: await records.put(id, writeRecord(filled), revision) });
  }
  epochs.clear();
  if (held.known !== null) epochs.set(`search/${made.id}`, held.known);
  const restart = { reason: 'fewer transactions', epoch: held.seen };
  const [again] = await openGenerations(place, { generations, controls: new Map() }, { ...opening, restart });
  return again?.record.epoch ?? -1;
}

test('a run that saw the history go back raises the epoch that it wrote with', async () => {
  expect(await reopened({ epoch: 1, known: 1, seen: 0 })).toBe(2);
  expect(await reopened({ epoch: 1, known: null, seen: 0 })).toBe(2);
});

test('it leaves the epoch alone where another process has raised it since', async () => {
  expect(await reopened({ epoch: 2, known: 1, seen: 0 })).toBe(2);
  expect(await reopened({ epoch: 2, known: 1, seen: 2 })).toBe(2);
});

test('it raises it above versions that the sink holds of a later one', async () => {
  expect(await reopened({ epoch: 2, known: 1, seen: 3 })).toBe(4);
});
