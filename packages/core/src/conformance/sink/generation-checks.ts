import type { Generation, GenerationStore } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectCode, expectEqual, expectThat } from '../expect.ts';
import type { SinkDriver } from './sink-driver.ts';
import { body, document, expectBody, newGeneration, Trial } from './trial.ts';

const notFor = ({ claims }: SinkDriver) => (claims.generations ? null : 'the sink has no generations');

interface GenerationTrial {
  readonly trial: Trial;
  readonly store: GenerationStore;
  /** The index's first generation, and the one after it, which is another schema's; both are there. */
  readonly first: Generation;
  readonly second: Generation;
  /** Throws unless a search by the index's name finds this body under the id. */
  readonly expectFound: (id: string, body: string | null) => Promise<void>;
}

function withGenerations(
  driver: SinkDriver,
  check: (trial: GenerationTrial) => Promise<void>,
): Promise<void> {
  return Trial.run(driver, async (trial) => {
    const { generations: store } = trial.sink;
    expectThat(store !== undefined, 'the sink has no `generations`');
    const first = trial.generation;
    const second = { ...first, hash: 'fedcba9876543210', number: 2 };
    await trial.sink.ensureIndex(second);
    await check({
      trial,
      store,
      first,
      second,
      expectFound: async (id, text) =>
        expectBody(driver, await search(driver, first.index, id), text, `${id}, as users find it`),
    });
  });
}

async function search(driver: SinkDriver, index: string, id: string): Promise<string | null> {
  expectThat(driver.search !== undefined, 'the driver of a sink with generations needs `search`');
  return driver.search(index, { id, routing: null });
}

function named(generation: Awaited<ReturnType<GenerationStore['promoted']>>): unknown {
  return generation && { hash: generation.hash, number: generation.number };
}

/** Several generations of one index behind one name. */
export const generationChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'keeps the generations of an index apart',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, first, second }) => {
        await trial.put([document('a', 5n, body(5))]);
        await trial.expectHeld('a', null, second);
        await trial.put([document('a', 1n, body(1))], { generation: second });
        await trial.put([document('b', 9n, null)], { generation: second });
        await trial.put([document('b', 2n, body(2))], { generation: first });
        await trial.expectHeld('a', body(5), first);
        await trial.expectHeld('a', body(1), second);
        await trial.expectHeld('b', body(2), first);
      }),
  },
  {
    name: 'says which generations are there and which one is promoted, by every instance',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second }) => {
        const third = { ...second, number: 3 };
        const other = (await trial.another()).generations;
        expectThat(other !== undefined, 'another instance has no `generations`');
        for (const [generation, there] of [
          [first, true],
          [second, true],
          [third, false],
          [newGeneration(), false],
        ] as const) {
          expectEqual(await other.exists(generation), there, `exists, of generation ${generation.number}`);
        }
        expectEqual(await store.promoted(first.index), null, 'promoted, before anything was');
        expectEqual(await store.promoted(newGeneration().index), null, 'promoted, of an unknown index');
        for (const generation of [first, second, first]) {
          await store.promote(generation);
          await store.promote(generation);
          expectEqual(named(await store.promoted(first.index)), named(generation), 'promoted');
          expectEqual(
            named(await other.promoted(first.index)),
            named(generation),
            'promoted, by another instance',
          );
        }
      }),
  },
  {
    name: 'shows users nothing before a generation is promoted, and then that one alone',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second, expectFound }) => {
        await trial.put([document('a', 1n, body(1)), document('only first', 1n, body(1))]);
        await trial.put([document('a', 1n, body(2)), document('only second', 1n, body(2))], {
          generation: second,
        });
        await store.endBackfill(first);
        await store.endBackfill(second);
        await expectFound('a', null);
        await store.promote(first);
        await expectFound('a', body(1));
        await expectFound('only second', null);
        await store.promote(second);
        await expectFound('a', body(2));
        await expectFound('only first', null);
        await expectFound('only second', body(2));
        await trial.expectHeld('only first', body(1), first);
      }),
  },
  {
    name: 'promotes in one step: users find a document all the while, and never the former generation afterwards',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second, expectFound }) => {
        for (const [n, generation] of [first, second].entries()) {
          await trial.put([document('a', 1n, body(n))], { generation });
          await store.endBackfill(generation);
        }
        await store.promote(first);
        const watch = { on: true };
        const gaps: string[] = [];
        const searching = (async () => {
          while (watch.on) if ((await search(driver, first.index, 'a')) === null) gaps.push('a search');
        })();
        const asking = (async () => {
          while (watch.on) if ((await store.promoted(first.index)) === null) gaps.push('promoted');
        })();
        try {
          for (let round = 0; round < 12; round++) {
            const [n, generation] = round % 2 === 0 ? [1, second] : [0, first];
            await store.promote(generation);
            await expectFound('a', body(n));
          }
        } finally {
          watch.on = false;
          await Promise.all([searching, asking]);
        }
        expectEqual([...new Set(gaps)], [], 'what found nothing while one generation took over from another');
      }),
  },
  {
    name: 'drops a generation, and again, with all that it held; never the promoted one',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second, expectFound }) => {
        await trial.put([document('a', 8n, body(8)), document('gone', 8n, null)], { generation: first });
        await trial.put([document('a', 8n, body(9))], { generation: second });
        await store.endBackfill(second);
        await store.promote(second);
        await expectCode(store.drop(second), 'SLUICE_SINK_REFUSED', 'drop of the promoted generation');
        expectEqual(await store.exists(second), true, 'exists, of the promoted generation');
        await expectFound('a', body(9));
        await store.drop(first);
        await store.drop(first);
        expectEqual(await store.exists(first), false, 'exists, of the dropped generation');
        expectEqual(named(await store.promoted(first.index)), named(second), 'promoted, after a drop');
        await trial.expectHeld('a', body(9), second);
        await trial.sink.ensureIndex(first);
        await trial.expectHeld('a', null, first);
        await trial.put([document('gone', 1n, body(1))], { generation: first });
        await trial.expectHeld('gone', body(1), first);
      }),
  },
  {
    name: 'withdraws a generation from users, and again, holding its documents; never another one',
    notFor: ({ claims }) => (claims.withdrawal === true ? null : 'the sink cannot withdraw a generation'),
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second, expectFound }) => {
        const withdraw = async (generation: Generation) => {
          expectThat(store.withdraw !== undefined, 'the generations have no `withdraw`');
          await store.withdraw(generation);
        };
        await trial.put([document('a', 1n, body(1))]);
        await store.endBackfill(first);
        await withdraw(first);
        await store.promote(first);
        await withdraw(second);
        await expectFound('a', body(1));
        await withdraw(first);
        await withdraw(first);
        await expectFound('a', null);
        expectEqual(await store.promoted(first.index), null, 'promoted, after the generation was withdrawn');
        await trial.expectHeld('a', body(1), first);
        await store.drop(first);
        expectEqual(await store.exists(first), false, 'exists, of the generation withdrawn and dropped');
        await store.promote(second);
        expectEqual(named(await store.promoted(first.index)), named(second), 'promoted, afterwards');
      }),
  },
  {
    name: 'tells how many documents a search can find in a generation, and nothing of one that is not there',
    notFor: ({ claims }) => (claims.sizes === true ? null : 'the sink tells no sizes'),
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, second }) => {
        const size = async (generation: Generation) => {
          expectThat(store.size !== undefined, 'the generations have no `size`');
          return store.size(generation);
        };
        const documents = Array.from({ length: 7 }, (_, n) => document(`d${n}`, 1n, body(n)));
        await trial.put(documents, { generation: first });
        await trial.put([document('d0', 2n, null), document('never', 2n, null)], { generation: first });
        await store.endBackfill(first);
        await store.endBackfill(second);
        const told = await size(first);
        expectEqual(told?.documents, 6, 'documents, of a generation with six');
        const bytes = told?.bytes ?? null;
        expectThat(bytes === null || bytes >= 0, `bytes: expected none or some, got ${bytes}`);
        expectEqual((await size(second))?.documents, 0, 'documents, of an empty generation');
        expectEqual(await size({ ...second, number: 3 }), null, 'the size of a generation that is not there');
      }),
  },
  {
    name: 'begins and ends a backfill, each again, holding what is written and finding all of it at the end',
    notFor,
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, expectFound }) => {
        await store.promote(first);
        await store.beginBackfill(first);
        await store.beginBackfill(first);
        const documents = Array.from({ length: 50 }, (_, n) => document(`d${n}`, 1n, body(n)));
        await trial.put(documents);
        await trial.expectHeld('d49', body(49));
        await trial.sink.ensureIndex(first);
        await store.endBackfill(first);
        await store.endBackfill(first);
        for (const n of [0, 25, 49]) await expectFound(`d${n}`, body(n));
        await trial.put([document('d0', 2n, body(100))]);
        await trial.expectHeld('d0', body(100));
      }),
  },
  {
    name: 'makes everything that any instance wrote found by a search with refresh, during a backfill too',
    notFor: ({ claims }) =>
      claims.refresh === true && claims.generations ? null : 'the sink needs no refresh, or has no searches',
    run: (driver) =>
      withGenerations(driver, async ({ trial, store, first, expectFound }) => {
        const { sink } = trial;
        expectThat(sink.refresh !== undefined, 'the sink has no `refresh`');
        const other = await trial.another();
        await store.promote(first);
        await store.beginBackfill(first);
        await trial.put([document('a', 1n, body(1))]);
        await trial.put([document('b', 1n, body(1))], { sink: other });
        await sink.refresh(first);
        await expectFound('a', body(1));
        await expectFound('b', body(1));
        await store.endBackfill(first);
        await trial.put([document('a', 2n, body(2))], { sink: other });
        await trial.put([document('b', 2n, null)]);
        await Promise.all([sink.refresh(first), sink.refresh(first), other.refresh?.(first)]);
        await expectFound('a', body(2));
        await expectFound('b', null);
      }),
  },
];
