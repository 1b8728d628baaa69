import { randomBytes } from 'node:crypto';
import type { JsonValue, RecordStore, StoredRecord } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import type { SinkDriver } from './sink-driver.ts';
import { body, document, Trial } from './trial.ts';

const notFor = ({ claims }: SinkDriver) => (claims.records ? null : 'the sink keeps no records');

/** Records that only a check made, on two instances. */
interface RecordTrial {
  readonly store: RecordStore;
  readonly other: RecordStore;
  /** An id that no other check uses. */
  readonly id: (name: string) => string;
  /** The record as that instance lists it; null: not listed. */
  readonly listed: (id: string, store?: RecordStore) => Promise<StoredRecord | null>;
}

/** The engine reads records before it makes an index: so no index is made here. */
async function withRecords(driver: SinkDriver, check: (trial: RecordTrial) => Promise<void>): Promise<void> {
  const [sink, second] = [await driver.open(), await driver.open()];
  const stem = `conformance_${randomBytes(6).toString('hex')}`;
  try {
    const { records: store } = sink;
    const { records: other } = second;
    expectThat(store !== undefined && other !== undefined, 'the sink has no `records`');
    await check({
      store,
      other,
      id: (name) => `${stem}_${name}`,
      listed: async (id, from = store) => (await from.list()).find((record) => record.id === id) ?? null,
    });
  } finally {
    await Promise.allSettled([sink.close(), second.close()]);
  }
}

/** Throws where the call found the record changed. */
async function stored(call: Promise<string | null>, what: string): Promise<string> {
  const revision = await call;
  expectThat(revision !== null, `${what}: expected the record to be stored, it was taken for changed`);
  return revision;
}

const nested: JsonValue = {
  text: 'é "quoted"\n\u2028 😀',
  numbers: [0, -1, 1.5, 9_007_199_254_740_991],
  nothing: null,
  flags: { yes: true, no: false, deep: [[], {}, [{ a: [1] }]] },
};

/** The records beside the documents: where Sluice keeps its whole state. */
export const recordChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'lists a record, with its revision and every value in it, as soon as put resolves',
    notFor,
    run: (driver) =>
      withRecords(driver, async ({ store, other, id, listed }) => {
        const revision = await stored(store.put(id('a'), nested, null), 'a new record');
        const expected = { id: id('a'), value: nested, revision };
        expectEqual(await listed(id('a')), expected, 'the record');
        expectEqual(await listed(id('a'), other), expected, 'the record, listed by another instance');
        for (const value of [null, 'text', 7, [1, 2], {}] satisfies JsonValue[]) {
          const one = id(`v${JSON.stringify(value).length}`);
          await stored(other.put(one, value, null), 'a new record');
          expectEqual((await listed(one))?.value, value, 'the value of a record');
        }
      }),
  },
  {
    name: 'reads records by their ids as any instance stored them last, and no others',
    notFor: ({ claims }) => (claims.recordsById === true ? null : 'the sink reads no records by their ids'),
    run: (driver) =>
      withRecords(driver, async ({ store, other, id }) => {
        const read = async (from: RecordStore, ...ids: readonly string[]) => {
          expectThat(from.read !== undefined, 'the records have no `read`');
          const found = await from.read(ids);
          return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        };
        expectEqual(await read(store, id('a')), [], 'a record that is not there, read by its id');
        expectEqual(await read(store), [], 'what is read without any id');
        const first = await stored(store.put(id('a'), nested, null), 'a new record');
        await stored(store.put(id('b'), 1, null), 'a new record');
        const held = { id: id('a'), value: nested, revision: first };
        expectEqual(await read(other, id('a'), id('none')), [held], 'a record, read by its id');
        const second = await stored(other.put(id('a'), 2, first), 'a change from the revision it has');
        const changed = { id: id('a'), value: 2, revision: second };
        expectEqual(await read(store, id('a')), [changed], 'a record that another instance changed');
        const both = (await read(store, id('b'), id('a'))).map((record) => record.id);
        expectEqual(both, [id('a'), id('b')], 'two records, read by their ids');
        await store.remove(id('a'), second);
        expectEqual(await read(other, id('a')), [], 'a removed record, read by its id');
      }),
  },
  {
    name: 'does not store a new record where there is one',
    notFor,
    run: (driver) =>
      withRecords(driver, async ({ store, other, id, listed }) => {
        await stored(store.put(id('a'), 1, null), 'a new record');
        expectEqual(await other.put(id('a'), 2, null), null, 'put of a new record where there is one');
        expectEqual((await listed(id('a')))?.value, 1, 'the value of the record');
      }),
  },
  {
    name: 'changes a record from the revision it has, and from no other',
    notFor,
    run: (driver) =>
      withRecords(driver, async ({ store, other, id, listed }) => {
        const first = await stored(store.put(id('a'), 1, null), 'a new record');
        const second = await stored(other.put(id('a'), 2, first), 'a change from the revision it has');
        expectEqual(await store.put(id('a'), 3, first), null, 'a change from the revision before');
        expectEqual((await listed(id('a')))?.value, 2, 'the value of the record');
        // The first value again is not the first revision again.
        const third = await stored(store.put(id('a'), 1, second), 'a change from the revision it has');
        expectThat(third !== first, 'a revision came again');
        expectEqual(await other.put(id('a'), 4, first), null, 'a change from a revision long gone');
        expectEqual(await other.put(id('none'), 1, first), null, 'a change of a record that is not there');
        expectEqual(await listed(id('none')), null, 'the record that was never stored');
      }),
  },
  {
    name: 'removes a record at the revision it has, and at no other',
    notFor,
    run: (driver) =>
      withRecords(driver, async ({ store, other, id, listed }) => {
        const first = await stored(store.put(id('a'), 1, null), 'a new record');
        const second = await stored(store.put(id('a'), 2, first), 'a change from the revision it has');
        expectEqual(await other.remove(id('a'), first), false, 'remove at the revision before');
        expectEqual((await listed(id('a')))?.value, 2, 'the value of the record');
        expectEqual(await other.remove(id('a'), second), true, 'remove at the revision it has');
        expectEqual(await listed(id('a')), null, 'the removed record');
        expectEqual(await store.remove(id('a'), second), false, 'remove of what is not there');
        expectEqual(await store.put(id('a'), 3, second), null, 'a change of the removed record');
        const again = await stored(store.put(id('a'), 1, null), 'the record made anew');
        expectThat(again !== first && again !== second, 'a revision of the removed record came again');
      }),
  },
  {
    name: 'loses no update when several change one record at once',
    notFor,
    run: (driver) =>
      withRecords(driver, async ({ store, other, id, listed }) => {
        await stored(store.put(id('counter'), 0, null), 'a new record');
        const made = await Promise.all(Array.from({ length: 4 }, (_, n) => store.put(id('race'), n, null)));
        expectEqual(made.filter((revision) => revision !== null).length, 1, 'makers of one new record');
        const increment = async (records: RecordStore): Promise<void> => {
          for (;;) {
            const held = await listed(id('counter'), records);
            expectThat(held !== null, 'the record vanished while it was changed');
            if ((await records.put(held.id, Number(held.value) + 1, held.revision)) !== null) return;
          }
        };
        const workers = [store, other, store, other].map(async (records) => {
          for (let n = 0; n < 5; n++) await increment(records);
        });
        await Promise.all(workers);
        expectEqual(
          (await listed(id('counter')))?.value,
          20,
          'a counter raised 20 times, five times each by four',
        );
      }),
  },
  {
    name: 'lists every record, and none among the documents',
    notFor,
    run: async (driver) => {
      await withRecords(driver, async ({ store, other, id }) => {
        const ids = Array.from({ length: 600 }, (_, n) => id(`${n}`));
        for (let at = 0; at < ids.length; at += 50) {
          await Promise.all(ids.slice(at, at + 50).map((one) => store.put(one, { one }, null)));
        }
        const listed = (await other.list()).filter((record) => record.id.startsWith(id('')));
        expectEqual(new Set(listed.map((record) => record.id)), new Set(ids), 'the listed records');
        expectEqual(listed.length, ids.length, 'the number of listed records');
      });
      await Trial.run(driver, async (trial) => {
        await trial.put([document('same', 1n, body(1))]);
        expectThat(trial.sink.records !== undefined, 'the sink has no `records`');
        await trial.sink.records.put(`${trial.generation.index}_same`, 1, null);
        await trial.expectHeld('same', body(1));
        const { reader } = trial.sink;
        if (reader === undefined) return;
        const held: string[] = [];
        for await (const page of reader.list(trial.generation, 10)) held.push(...page.map(({ id }) => id));
        expectEqual(held, ['same'], 'the documents of the index');
      });
    },
  },
];
