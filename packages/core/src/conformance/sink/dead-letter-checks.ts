import type {
  DeadLetter,
  DeadLetterStore,
  DocumentReference,
  Generation,
  NewDeadLetter,
} from '../../contracts/index.ts';
import { encodeVersion } from '../../version.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { unusualIds } from './document-checks.ts';
import type { SinkDriver } from './sink-driver.ts';
import { newGeneration } from './trial.ts';

const notFor = ({ claims }: SinkDriver) =>
  claims.deadLetters === true ? null : 'the sink keeps no dead letters';

interface LetterTrial {
  readonly store: DeadLetterStore;
  readonly other: DeadLetterStore;
  readonly generation: Generation;
}

/** The engine looks for letters before it makes an index: so no index is made here. */
async function withLetters(driver: SinkDriver, check: (trial: LetterTrial) => Promise<void>): Promise<void> {
  const [sink, second] = [await driver.open(), await driver.open()];
  try {
    const { deadLetters: store } = sink;
    const { deadLetters: other } = second;
    expectThat(store !== undefined && other !== undefined, 'the sink has no `deadLetters`');
    await check({ store, other, generation: newGeneration() });
  } finally {
    await Promise.allSettled([sink.close(), second.close()]);
  }
}

/** Beyond 2^53, where a number would lose its last digits. */
const version = (n: number) => encodeVersion(40, BigInt(n));

function letter(id: string, of: number, more: Partial<NewDeadLetter> = {}): NewDeadLetter {
  return {
    key: [id],
    id,
    routing: null,
    version: version(of),
    cause: 'rejected',
    reason: `reason ${of}`,
    at: 1_700_000_000_000 + of,
    ...more,
  };
}

/** The letter as the store has it, after it was put once. */
function kept(
  { at, ...rest }: NewDeadLetter,
  { firstAt = at, count = 1 }: { readonly firstAt?: number; readonly count?: number } = {},
): DeadLetter {
  return { ...rest, firstAt, lastAt: at, count };
}

async function listed(store: DeadLetterStore, generation: Generation, pageSize = 100): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const page of store.list(generation, pageSize)) {
    expectThat(page.length <= pageSize, `a page holds ${page.length} letters, more than ${pageSize}`);
    letters.push(...page);
  }
  return letters.map(plain).toSorted(byPlace);
}

/** Only what the contract names, in one order. */
function plain({
  key,
  id,
  routing,
  version: of,
  cause,
  reason,
  firstAt,
  lastAt,
  count,
}: DeadLetter): DeadLetter {
  return { key: [...key], id, routing, version: of, cause, reason, firstAt, lastAt, count };
}

function byPlace(a: DocumentReference, b: DocumentReference): number {
  const [one, other] = [a, b].map(({ id, routing }) => JSON.stringify([id, routing]));
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

function sorted(letters: readonly DeadLetter[]): DeadLetter[] {
  return letters.map(plain).toSorted(byPlace);
}

/** What became of documents that could not be written. */
export const deadLetterChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'keeps dead letters as they were put, for every instance, as soon as put resolves',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, other, generation }) => {
        expectEqual(await listed(store, generation), [], 'the letters of an index that has none');
        expectEqual(
          await store.get(generation, [{ id: 'a', routing: null }]),
          [],
          'a letter that is not there',
        );
        const letters = [
          letter('plain', 1),
          letter('composite', 2, {
            key: ['eu', '7', '', 'a|b'],
            cause: 'unbuildable',
            reason: 'é "x"\n\u2028 😀',
          }),
          letter('routed', 3, { routing: 'customer/7 "x" ü' }),
          letter('routed', 4, { routing: 'b' }),
          ...unusualIds.map((id, n) => letter(id, 10 + n)),
        ];
        expectEqual(await store.put(generation, letters), letters.length, 'places without a letter before');
        const expected = sorted(letters.map((one) => kept(one)));
        expectEqual(await listed(other, generation), expected, 'the letters, listed by another instance');
        expectEqual(
          sorted(await other.get(generation, letters)),
          expected,
          'the letters, asked for by place',
        );
      }),
  },
  {
    name: 'keeps one dead letter for each place, from when it came first, and counts how often it came',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, other, generation }) => {
        const first = letter('a', 5);
        const second = letter('a', 6, { cause: 'unbuildable' });
        const third = letter('a', 6, { reason: 'once more', at: second.at + 5 });
        expectEqual(
          await store.put(generation, [first, letter('b', 5)]),
          2,
          'places without a letter before',
        );
        expectEqual(
          await other.put(generation, [second, letter('c', 5)]),
          1,
          'places without a letter before',
        );
        expectEqual(await store.put(generation, [third]), 0, 'places without a letter before');
        const [held] = await store.get(generation, [first]);
        expectThat(held !== undefined, 'the letter is gone');
        expectEqual(
          plain(held),
          kept(third, { firstAt: first.at, count: 3 }),
          'a letter that was put three times',
        );
        expectEqual((await listed(other, generation)).length, 3, 'letters at three places');
      }),
  },
  {
    name: 'leaves a newer dead letter alone when an older one comes late',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, other, generation }) => {
        const newer = letter('a', 9);
        await store.put(generation, [newer]);
        expectEqual(await other.put(generation, [letter('a', 8)]), 0, 'places without a letter before');
        expectEqual(await listed(store, generation), [kept(newer)], 'the newer letter');
      }),
  },
  {
    name: 'removes dead letters up to a version, and takes them again afterwards',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, other, generation }) => {
        const letters = [letter('below', 4), letter('equal', 5), letter('above', 6), letter('other', 4)];
        await store.put(generation, letters);
        const upTo = ['below', 'equal', 'above', 'not there'].map((id) => ({
          id,
          routing: null,
          version: version(5),
        }));
        expectEqual(await other.remove(generation, upTo), 2, 'removed letters');
        expectEqual(
          (await listed(store, generation)).map(({ id }) => id),
          ['above', 'other'],
          'the letters that are left',
        );
        expectEqual(await store.remove(generation, upTo), 0, 'letters removed again');
        const again = letter('below', 1);
        expectEqual(await store.put(generation, [again]), 1, 'places without a letter before');
        expectEqual(
          sorted(await other.get(generation, [again])),
          [kept(again)],
          'a letter that was removed and put again, at a version below',
        );
      }),
  },
  {
    name: 'keeps the dead letters of one generation apart from those of others',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, generation }) => {
        const next = { ...generation, number: 2 };
        const another = newGeneration();
        await store.put(generation, [letter('a', 1)]);
        await store.put(next, [letter('a', 2), letter('b', 2)]);
        await store.put(another, [letter('a', 3)]);
        await store.remove(next, [{ id: 'b', routing: null, version: version(9) }]);
        await store.remove(another, [{ id: 'a', routing: null, version: version(9) }]);
        for (const [of, expected] of [
          [generation, [kept(letter('a', 1))]],
          [next, [kept(letter('a', 2))]],
          [another, []],
        ] as const) {
          expectEqual(await listed(store, of), expected, `the letters of ${of.index} ${of.number}`);
        }
      }),
  },
  {
    name: 'lists every dead letter once, among many, in pages, also after it was left early',
    notFor,
    run: (driver) =>
      withLetters(driver, async ({ store, other, generation }) => {
        const letters = Array.from({ length: 1_203 }, (_, n) => letter(`d${n}`, n + 1));
        expectEqual(await store.put(generation, letters), letters.length, 'places without a letter before');
        for (const pageSize of [100, 5_000]) {
          const ids = (await listed(other, generation, pageSize)).map(({ id }) => id);
          expectEqual(ids, letters.map(({ id }) => id).toSorted(), `the letters in pages of ${pageSize}`);
        }
        for await (const page of store.list(generation, 10)) {
          expectThat(page.length > 0, 'the first of several pages is empty');
          break;
        }
        expectEqual(
          (await store.get(generation, letters)).length,
          letters.length,
          'letters asked for by place',
        );
        expectEqual(await other.remove(generation, letters), letters.length, 'removed letters');
        expectEqual(await listed(store, generation), [], 'the letters when all were removed');
      }),
  },
];
