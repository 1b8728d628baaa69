import { expect, test } from 'vitest';
import { waitFor } from '../../../../../test/support/wait.ts';
import { flawed } from '../../../test/flawed.ts';
import { MemoryDatabase } from '../../../test/memory-database.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { createReferenceSink, MemoryStore } from '../../../test/reference-sink.ts';
import { openLane, openTarget } from '../../../test/reference-target.ts';
import { shopSchema } from '../../conformance/documents/shop-documents.ts';
import { order, orderKey } from '../../conformance/source/test-rows.ts';
import type { Sink, SinkReader } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { Semaphore } from '../async.ts';
import { VersionClock } from '../delivery/delivery.ts';
import type { Lane } from '../delivery/lane.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { restarted } from '../generations/record-changes.ts';
import { fanOut } from '../run/observers.ts';
import { leaveBehind } from '../run/upkeep.ts';
import { removeAbsent, type ScanContext, scanSource } from './scan.ts';
import { ScanRequests } from './scan-requests.ts';

const drift = new SluiceError('SLUICE_SOURCE_DRIFT', 'a column is gone');

/** Orders in memory, and a generation for them in a sink. */
class Site {
  readonly database = new MemoryDatabase();
  readonly rows = this.database.source();
  readonly store = new MemoryStore();
  readonly documents = new MemoryDocuments(this.database);
  readonly sink = createReferenceSink(this.store, 'versioned');
  readonly reader = required(this.sink.reader);

  async open(sink: Sink = this.sink) {
    const schema = shopSchema(this.database.schema);
    const [bound] = await this.documents.bind([schema]);
    const plan = required(bound?.plan);
    const target = await openTarget(sink, { index: 'orders', hash: '0', number: 1, schema });
    const lane = openLane(plan, target);
    const context: ScanContext = {
      builder: this.documents,
      observer: fanOut([]),
      versions: new VersionClock(),
      signal: new AbortController().signal,
      pageSize: 1,
      workers: 1,
      slots: new Semaphore(1),
    };
    const held = () =>
      [...this.store.index(target.generation).held.values()]
        .filter(({ body }) => body !== null)
        .map(({ id }) => id);
    return { lane, target, plan, context, held };
  }
}

function required<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('the references have everything');
  return value;
}

test('a page that was read while the one before it met a restart of the sink is built again', async () => {
  const site = new Site();
  await site.rows.insert('orders', [order('eu', 1, null), order('eu', 2, null)]);
  let pages = 0;
  const restartOnce = async () => {
    await waitFor(() => pages === 2, { what: 'the second page' });
    await site.rows.delete('orders', orderKey('eu', 2));
    // A live change deleted it in the sink, which has forgotten that since.
    throw new SluiceError('SLUICE_SINK_UNAVAILABLE', 'connection refused');
  };
  let writes = 0;
  const { lane, target, context, held } = await site.open({
    ...site.sink,
    write: async (request) => {
      writes += 1;
      return writes === 1 ? restartOnce() : site.sink.write(request);
    },
  });
  const builder = flawed(site.documents, {
    async *scan(...asked) {
      for await (const page of site.documents.scan(...asked)) {
        pages += 1;
        yield page;
      }
    },
  });
  expect(await scanSource(lane, target, { ...context, builder })).toBe('complete');
  expect(held()).toEqual(['["eu","1"]']);
});

/** Lists as the sink does, and then does something before the end of the list is known. */
function listing(reader: SinkReader, atEnd: () => Promise<void>): SinkReader {
  return {
    ...reader,
    async *list(...asked) {
      yield* reader.list(...asked);
      await atEnd();
    },
  };
}

test('an index that stopped while the sink was listed is not rid of what is gone', async () => {
  const site = new Site();
  let lane: Lane | null = null;
  const reader = listing(site.reader, async () => lane?.stop(drift));
  const opened = await site.open({ ...site.sink, reader });
  lane = opened.lane;
  expect(await removeAbsent(lane, opened.target, opened.context)).toBe('broken-off');
});

test('a reconcile that ends leaves it on record that the index was left behind meanwhile', async () => {
  const site = new Site();
  let lane: Lane | null = null;
  const reader = listing(site.reader, async () => {
    lane?.stop(drift);
    if (lane !== null) await leaveBehind(lane, drift);
  });
  const opened = await site.open({ ...site.sink, reader });
  const { target, context } = opened;
  lane = opened.lane;
  await target.update((record) => restarted({ ...record, seeded: true }, 'a test'));
  await scansOf(opened.lane).idle();
  expect(target.record).toMatchObject({
    behind: drift.message,
    scan: { kind: 'reconcile', boundaries: null, reason: 'it was stopped and left behind' },
  });

  function scansOf(of: Lane): ScanRequests {
    const scans = new ScanRequests({
      lane: of,
      target,
      context,
      barrier: async () => undefined,
      seed: async () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
    scans.start();
    return scans;
  }
});

test('an index that was left behind while its table was parted is reconciled, not filled', async () => {
  const site = new Site();
  const { lane, target, context } = await site.open();
  const builder = flawed(site.documents, {
    split: async (...asked) => {
      lane.stop(drift);
      await leaveBehind(lane, drift);
      return site.documents.split(...asked);
    },
  });
  expect(await scanSource(lane, target, { ...context, builder })).toBe('broken-off');
  const { scan }: GenerationRecord = target.record;
  expect(scan).toMatchObject({ kind: 'reconcile', boundaries: null });
});
