import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { makeReferenceQueue } from '../../../test/reference-queue.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { order } from '../../conformance/source/test-rows.ts';
import type { ChangeCapture } from '../../contracts/index.ts';
import { readRecord } from '../generations/generation-record.ts';
import { runSluice } from '../run/run.ts';
import type { RunResult } from '../run/run-options.ts';

/** What several processes share: the source and the store. */
class Site {
  readonly world = new MemoryWorld();
  readonly store = new MemoryStore();

  start(change: (capture: MemoryCapture) => Partial<ChangeCapture> = () => ({})): Process {
    return new Process(this, change);
  }

  get leases() {
    return [...this.store.records.values()].flatMap(({ json }) => {
      const record = readRecord(JSON.parse(json));
      return record === null ? [] : [record.lease];
    });
  }
}

class Process implements AsyncDisposable {
  readonly capture: MemoryCapture;
  readonly told: string[] = [];
  /** Changes of the source and of the store. */
  readonly made: string[] = [];
  readonly #stop = new AbortController();
  readonly ended: Promise<RunResult>;

  constructor({ world, store }: Site, change: (capture: MemoryCapture) => Partial<ChangeCapture>) {
    this.capture = new MemoryCapture(world);
    const { capture, made, told } = this;
    const sink = createReferenceSink(store, 'versioned');
    const { records } = sink;
    if (records === undefined) throw new Error('the reference keeps records');
    const changed: ChangeCapture = new Proxy(capture, {
      get: (target, name) => {
        if (name === 'provision') made.push('provision');
        const member = Reflect.get({ ...change(capture) }, name) ?? Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const named = { plugin: { name: 'memory', reference: 'memory', options: {} }, capture: changed };
    this.ended = runSluice({
      indexes: [
        {
          schema: shopSchema('shop', ''),
          sinks: ['search'],
          onReject: 'stop',
          holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
        },
      ],
      capture: { allowed: [named], reopen: async () => named },
      documents: new MemoryDocuments(world.database),
      queue: makeReferenceQueue({ batches: [] }, false),
      sinks: [
        {
          name: 'search',
          required: true,
          sink: {
            ...sink,
            records: {
              ...records,
              put: (id, value, expected) => {
                made.push(`put ${id}`);
                return records.put(id, value, expected);
              },
            },
          },
        },
      ],
      observers: [
        {
          phase: (phase) => told.push(phase),
          info: ({ message }) => told.push(message),
          retry: ({ error }) => told.push(`retry: ${error.message}`),
          warning: ({ message }) => told.push(`warning: ${message}`),
        },
      ],
      signal: this.#stop.signal,
    });
    this.ended.catch(() => undefined);
  }

  async until(phase: string): Promise<void> {
    await waitFor(() => this.told.includes(phase), { what: `${phase}, after ${this.told.join(', ')}` });
  }

  stop(): Promise<RunResult> {
    this.#stop.abort(new Error('told to stop'));
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
  }
}

async function site(): Promise<Site> {
  const made = new Site();
  await made.world.database.source().insert('orders', [order('eu', 1, null, { note: 'a' })]);
  return made;
}

test('a process beside one that leads says so once, makes nothing, and takes over when that one ends', async () => {
  const shared = await site();
  await using first = shared.start();
  await first.until('live');
  let asked = 0;
  await using second = shared.start((capture) => ({
    heldBy: () => {
      asked += 1;
      return capture.heldBy();
    },
  }));
  await waitFor(() => asked > 2, { what: 'the second to ask three times' });
  expect(second.told).toEqual([
    'connecting',
    'standing by',
    expect.stringMatching(/^standing by: .*another instance/),
  ]);
  expect(second.made).toEqual([]);
  await first.stop();
  await second.until('live');
  expect(second.told.slice(3)).toEqual([
    'provisioning',
    'standing by is over: this process leads now',
    'live',
  ]);
});

test('a capture that cannot be asked who holds it is tried again until it can be followed', async () => {
  const shared = await site();
  await using first = shared.start();
  await first.until('live');
  await using second = shared.start(() => ({ heldBy: async () => null }));
  await second.until('standing by');
  await first.stop();
  await second.until('live');
  expect(second.told.filter((line) => line.startsWith('standing by:'))).toHaveLength(1);
});

test('a process that stands by ends at once when it is told to', async () => {
  const shared = await site();
  await using first = shared.start();
  await first.until('live');
  await using second = shared.start();
  await second.until('standing by');
  expect(await second.stop()).toMatchObject({ outcome: 'stopped' });
  expect(second.told.at(-1)).toBe('stopped');
});

test('a process gives its leases back when it ends, also while it waits for a source that is gone', async () => {
  const shared = await site();
  await using only = shared.start();
  await only.until('live');
  await waitFor(() => shared.leases.some((lease) => lease !== null), { what: 'a lease' });
  shared.world.cutOff.add(only.capture);
  shared.world.database.notify();
  await waitFor(() => only.told.some((line) => line.startsWith('retry')), {
    what: 'the source to be missed',
  });
  await only.stop();
  expect(shared.leases).toEqual([null]);
});
