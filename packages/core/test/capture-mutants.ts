import type { Change, ChangeBatch, ChangeCapture, RowValues } from '../src/contracts/index.ts';
import { isToken, type MemoryWorld } from './memory-capture.ts';

/** A capture with one flaw: what it does otherwise than the reference. */
export interface CaptureMutant {
  readonly flaw: string;
  /** The check that must see it. */
  readonly seenBy: string;
  readonly change: (capture: ChangeCapture, world: MemoryWorld) => Partial<ChangeCapture>;
}

const never = new AbortController().signal;

/** A stream that does something else with each batch. */
function perBatch(
  capture: ChangeCapture,
  alter: (batch: ChangeBatch) => ChangeBatch | null | Promise<ChangeBatch | null>,
): Pick<ChangeCapture, 'stream'> {
  return {
    async *stream(required, signal) {
      for await (const batch of capture.stream(required, signal)) {
        const altered = await alter(batch);
        if (altered !== null) yield altered;
      }
    },
  };
}

const perChange = (capture: ChangeCapture, alter: (change: Change) => Change | null) =>
  perBatch(capture, (batch) => ({
    ...batch,
    changes: batch.changes.flatMap((change) => alter(change) ?? []),
  }));

const perRow = (capture: ChangeCapture, alter: (row: RowValues) => RowValues) =>
  perChange(capture, ({ before, after, ...change }) => ({
    ...change,
    ...(before === undefined ? {} : { before: alter(before) }),
    ...(after === undefined ? {} : { after: alter(after) }),
  }));

const values = (row: RowValues, alter: (value: string | null) => string | null): RowValues =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, alter(value)]));

export const captureMutants: readonly CaptureMutant[] = [
  {
    flaw: 'makes itself while it inspects',
    seenBy: 'inspects, prints its script and tells its lag without changing the source',
    change: (capture) => ({
      async inspect(required) {
        await capture.provision(required, { signal: never });
        return await capture.inspect(required);
      },
    }),
  },
  {
    flaw: 'begins anew at every provision',
    seenBy: 'provisions once: again it makes and loses nothing',
    change: (capture, world) => ({
      async provision(required, options) {
        world.mechanism = null;
        return await capture.provision(required, options);
      },
    }),
  },
  {
    flaw: 'forgets at provision what was not acknowledged',
    seenBy: 'provisions once: again it makes and loses nothing',
    change: (capture, world) => ({
      async provision(required, options) {
        if (world.mechanism !== null) world.mechanism.acknowledged = world.database.log.length;
        return await capture.provision(required, options);
      },
    }),
  },
  {
    flaw: 'covers no table that joins later',
    seenBy: 'covers a table that joins later, and says that it was added',
    change: (capture, world) => ({
      async provision(required, options) {
        if (world.mechanism !== null) return { created: false, added: [], statements: [] };
        return await capture.provision(required, options);
      },
    }),
  },
  {
    flaw: 'prints nothing',
    seenBy: 'prints what provision runs, and has nothing left to print then',
    change: () => ({ script: async () => ({ sections: [] }) }),
  },
  {
    flaw: 'leaves everything behind',
    seenBy: 'removes all that it made, also twice, and the application can still write',
    change: () => ({ deprovision: async () => ['everything'] }),
  },
  {
    flaw: 'is always the same to whoever asks',
    seenBy: 'begins anew when it is provisioned after deprovision, under another identity',
    change: () => ({ identity: async () => 'always the same' }),
  },
  {
    flaw: 'is another one in each process',
    seenBy: 'begins anew when it is provisioned after deprovision, under another identity',
    change: () => {
      const own = String(Math.random());
      return { identity: async () => own };
    },
  },
  {
    flaw: 'settles at once',
    seenBy: 'settles only when a scan sees every row that the stream may leave out',
    change: () => ({ settled: async () => undefined }),
  },
  {
    flaw: 'forgets where a row was',
    seenBy: 'names the former and the new parent of a row that moved',
    change: (capture) =>
      perChange(capture, ({ before, ...change }) =>
        change.operation === 'update' || before === undefined ? change : { ...change, before },
      ),
  },
  {
    flaw: 'forgets the old key',
    seenBy: 'names both keys of a row whose key changed',
    change: (capture) =>
      perChange(capture, (change) =>
        change.before === undefined || change.after === undefined
          ? change
          : { ...change, before: { ...change.before, number: change.after['number'] ?? null } },
      ),
  },
  {
    flaw: 'knows of a deleted row its key alone',
    seenBy: 'reports a deleted row with the links that it had',
    change: (capture) =>
      perChange(capture, (change) =>
        change.operation !== 'delete' ? change : { ...change, before: { id: change.before?.['id'] ?? null } },
      ),
  },
  {
    flaw: 'leaves NULL out',
    seenBy: 'reports a NULL link as null, which is not the same as absent',
    change: (capture) =>
      perRow(capture, (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))),
  },
  {
    flaw: 'reads keys as JavaScript numbers',
    seenBy: 'keeps every digit of keys and links that are large numbers',
    change: (capture) =>
      perRow(capture, (row) =>
        values(row, (value) => (value !== null && /^-?\d+$/.test(value) ? String(Number(value)) : value)),
      ),
  },
  {
    flaw: 'trims text',
    seenBy: 'keeps every character of keys and links that are text',
    change: (capture) => perRow(capture, (row) => values(row, (value) => value?.trim() ?? null)),
  },
  {
    flaw: 'folds names',
    seenBy: 'names the tables of the source as they are written, and reports no other',
    change: (capture) =>
      perChange(capture, (change) => ({
        ...change,
        table: { ...change.table, name: change.table.name.toLowerCase() },
      })),
  },
  {
    flaw: 'carries more than links',
    seenBy: 'carries key and links of a row and nothing else',
    change: (capture) => perRow(capture, (row) => ({ ...row, note: 'a long text' })),
  },
  {
    flaw: 'does not see truncates',
    seenBy: 'reports an emptied table, and what comes after it',
    change: (capture) => perChange(capture, (change) => (change.operation === 'truncate' ? null : change)),
  },
  {
    flaw: 'reports what was rolled back',
    seenBy: 'never reports what was rolled back',
    change: (capture, { database }) =>
      perBatch(capture, (batch) => ({
        ...batch,
        changes: [
          ...batch.changes,
          ...database.rolledBack.map(
            ({ table, after }): Change => ({
              table: { schema: database.schema, name: table },
              operation: 'insert',
              ...(after === null ? {} : { after }),
            }),
          ),
        ],
      })),
  },
  {
    flaw: 'passes by transactions that began before one that was acknowledged',
    seenBy: 'delivers a transaction that commits after a later one was acknowledged',
    change: (capture, world) =>
      perChange(capture, (change) => {
        const { database, mechanism } = world;
        const before = database.log.slice(0, mechanism?.acknowledged ?? 0);
        const passed = Math.max(0, ...before.map(({ begun }) => begun));
        return (world.commits.get(change)?.begun ?? 0) < passed ? null : change;
      }),
  },
  {
    flaw: 'loses the commit beside an acknowledged one',
    seenBy: 'delivers the second of two commits when only the first was acknowledged',
    change: (capture) => ({
      acknowledge: (token) => capture.acknowledge(isToken(token) ? { end: token.end + 1 } : token),
    }),
  },
  {
    flaw: 'acknowledges what it yields',
    seenBy: 'delivers again what was not acknowledged, to the next process',
    change: (capture) =>
      perBatch(capture, (batch) => {
        capture.acknowledge(batch.token);
        return batch;
      }),
  },
  {
    flaw: 'resumes after what was received last',
    seenBy: 'delivers again what was not acknowledged, to the next stream of one instance',
    change: (capture) => {
      let received = -1;
      return perBatch(capture, (batch) => {
        const end = isToken(batch.token) ? batch.token.end : 0;
        if (end <= received) return null;
        received = end;
        return batch;
      });
    },
  },
  {
    flaw: 'forgets what was acknowledged',
    seenBy: 'does not deliver again what was acknowledged before close',
    change: () => ({ acknowledge: () => undefined }),
  },
  {
    flaw: 'acknowledges a transaction with its first part',
    seenBy: 'delivers the rest of a large transaction of which a part was acknowledged',
    change: (capture) =>
      perBatch(capture, (batch) =>
        batch.position !== null || !isToken(batch.token)
          ? batch
          : { ...batch, token: { end: batch.token.end + 1 } },
      ),
  },
  {
    flaw: 'is well before it was made',
    seenBy: 'tells what the source keeps for it, from nothing to lost, and changes nothing',
    change: () => ({ health: async () => ({ state: 'ready', details: {} }) }),
  },
  {
    flaw: 'never tells that anything waits',
    seenBy: 'tells what the source keeps for it, from nothing to lost, and changes nothing',
    change: (_, world) => ({
      health: async () => ({
        state: world.mechanism === null ? 'absent' : 'ready',
        changes: 0,
        retainedBytes: 0,
        details: {},
      }),
    }),
  },
  {
    flaw: 'takes what it lets go of for acknowledged',
    seenBy: 'lets go of what is kept, and leaves word of the gap',
    change: (_, world) => ({
      async release() {
        if (world.mechanism !== null) world.mechanism.acknowledged = world.database.log.length;
        return ['the log'];
      },
    }),
  },
  {
    flaw: 'lets go under the stream of another',
    seenBy: 'lets go of nothing while another instance streams',
    change: (_, world) => ({
      async release() {
        world.mechanism = null;
        return ['the mechanism'];
      },
    }),
  },
  {
    flaw: 'makes itself to let go',
    seenBy: 'lets go where there is nothing to let go of',
    change: (capture) => ({
      async release() {
        await capture.provision({ tables: [] }, { signal: never });
        return [];
      },
    }),
  },
  {
    flaw: 'takes every text for a position',
    seenBy: 'knows positions of its own by their text',
    change: () => ({ isPosition: () => true }),
  },
  {
    flaw: 'sees a barrier in every batch',
    seenBy: 'says of a batch that a barrier lies in it, where it says so at all',
    change: (capture) => perBatch(capture, (batch) => ({ ...batch, barrier: true })),
  },
];
