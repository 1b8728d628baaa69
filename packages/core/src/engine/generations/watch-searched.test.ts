import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { MemoryWorld } from '../../../test/memory-capture.ts';
import { memoryRun } from '../../../test/memory-run.ts';
import { createReferenceSink, MemoryStore, physical } from '../../../test/reference-sink.ts';
import { order } from '../../conformance/source/test-rows.ts';
import { runSluice } from '../run/run.ts';
import type { RunResult } from '../run/run-options.ts';
import { changeControl } from './control-requests.ts';

/** A run over a shop in memory that nobody writes to. */
class Site implements AsyncDisposable {
  readonly #world = new MemoryWorld();
  readonly rows = this.#world.database.source();
  readonly store = new MemoryStore();
  readonly sink = createReferenceSink(this.store, 'versioned');
  readonly warnings: string[] = [];
  /** How often it was looked what users search. */
  looks = 0;
  readonly #stop = new AbortController();
  #running: Promise<RunResult> | null = null;

  run(): void {
    const { generations } = this.sink;
    if (generations === undefined) throw new Error('the reference keeps generations');
    const promoted = (index: string) => {
      this.looks += 1;
      return generations.promoted(index);
    };
    const sink = { ...this.sink, generations: { ...generations, promoted } };
    this.#running = runSluice({
      ...memoryRun(this.#world, sink),
      observers: [{ warning: ({ code }) => this.warnings.push(code) }],
      signal: this.#stop.signal,
      tuning: { searchedMs: 100 },
    });
    this.#running.catch((error: unknown) => this.warnings.push(String(error)));
  }

  get found(): number {
    const generation = this.store.aliases.get('orders');
    const index = generation && this.store.indexes.get(physical(generation));
    return (index?.visible ?? index?.held ?? new Map()).size;
  }

  async searchable(): Promise<void> {
    await waitFor(() => this.found === 1, { what: 'users to find the order', deadlineMs: 20_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#running?.catch(() => undefined);
  }
}

async function filled(): Promise<Site> {
  const site = new Site();
  await site.rows.insert('orders', [order('eu', 1, null)]);
  site.run();
  await site.searchable();
  await waitFor(
    async () => (await site.sink.records?.list())?.some(({ id }) => id === 'control/orders') === true,
    { what: 'the promotion to be on record' },
  );
  return site;
}

const long = { timeout: 40_000 };

test('a removed physical index is made and filled again while nobody writes', long, async () => {
  await using site = await filled();
  site.store.indexes.clear();
  site.store.aliases.clear();
  await site.searchable();
  expect(site.warnings).toEqual(['SLUICE_SINK_INDEX_GONE']);
});

test('a name that was taken away is put back while nobody writes', long, async () => {
  await using site = await filled();
  site.store.aliases.clear();
  await site.searchable();
  expect(site.warnings).toEqual(['SLUICE_SINK_ALIAS_MOVED']);
});

test('a name that leads elsewhere is put back, unless that is on record, or asked for', long, async () => {
  await using site = await filled();
  const own = site.store.aliases.get('orders');
  const { records } = site.sink;
  if (own === undefined || records === undefined) throw new Error('it was promoted, and keeps records');
  const other = { ...own, number: 7 };
  // As another process that has just promoted another generation.
  await changeControl(records, 'orders', (held) => ({ ...held, inUse: { hash: other.hash, number: 7 } }));
  site.store.aliases.set('orders', other);
  const { looks } = site;
  await waitFor(() => site.looks > looks + 5, { what: 'some looks' });
  expect(site.store.aliases.get('orders')).toBe(other);
  expect(site.warnings).toEqual([]);

  await changeControl(records, 'orders', (held) => ({
    ...held,
    inUse: { hash: own.hash, number: own.number },
  }));
  await site.searchable();
  expect(site.warnings).toEqual(['SLUICE_SINK_ALIAS_MOVED']);
});
