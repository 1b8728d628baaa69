import type { DocumentReference, HeldBody } from '../../contracts/index.ts';
import { encodeVersion } from '../../version.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { delicateBodies, unusualIds } from './document-checks.ts';
import type { SinkDriver } from './sink-driver.ts';
import { body, document, expectBody, newGeneration, Trial } from './trial.ts';

const notFor = ({ claims }: SinkDriver) =>
  claims.bodies === true ? null : 'the sink does not give bodies back';

async function read(
  trial: Trial,
  places: readonly DocumentReference[],
  { sink, generation } = { sink: trial.sink, generation: trial.generation },
): Promise<readonly (HeldBody | null)[]> {
  expectThat(sink.reader?.read !== undefined, 'the reader has no `read`');
  const asked = places.map(({ id, routing }) => ({ id, routing }));
  const held = await sink.reader.read(generation, asked);
  expectEqual(held.length, places.length, 'the answers to as many places');
  return held.map((one) => (one === null ? null : { version: one.version, body: one.body }));
}

function at(id: string, routing: string | null = null): DocumentReference {
  return { id, routing };
}

/** Reading bodies back, which is how the sink is compared with its source. */
export const readBackChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'reads at each place, in the order asked for, what it holds there, with its exact version',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put(
          [
            ...[0, 1, 2, 3].map((n) => document(`d${n}`, BigInt(n + 1), body(n))),
            document('routed', 7n, body(70), 'a'),
            document('never there', 9n, null),
          ],
          { epoch: 40 },
        );
        await trial.put([document('d1', 200n, null), document('d2', 200n, body(20))], { epoch: 40 });
        const expected = (version: bigint, n: number) => ({
          version: encodeVersion(40, version),
          body: body(n),
        });
        const asked = [
          ...[at('d3'), at('missing'), at('d1'), at('routed', 'a'), at('d2'), at('never there'), at('d0')],
          ...[at('d3'), at('', null)],
        ];
        const seen = await read(trial, asked);
        const wanted = [
          ...[expected(4n, 3), null, null, expected(7n, 70), expected(200n, 20), null, expected(1n, 0)],
          ...[expected(4n, 3), null],
        ];
        for (const [n, held] of wanted.entries()) {
          const place = JSON.stringify(asked[n]?.id);
          expectEqual(seen[n]?.version ?? null, held?.version ?? null, `the version at ${place}`);
          expectBody(driver, seen[n]?.body ?? null, held?.body ?? null, place);
        }
        expectEqual(await read(trial, []), [], 'the answers to no places');
      }),
  },
  {
    name: 'reads what was written a moment ago, by whichever instance, and nothing of another index',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const other = await trial.another();
        await other.ensureIndex(trial.generation);
        const apart = newGeneration();
        await trial.sink.ensureIndex(apart);
        const look = async (sink = trial.sink, generation = trial.generation) => {
          const [held] = await read(trial, [at('d')], { sink, generation });
          return held?.body ?? null;
        };
        for (let round = 1; round <= 5; round++) {
          const [writer, reader] = round % 2 === 0 ? [trial.sink, other] : [other, trial.sink];
          await trial.put([document('d', BigInt(round * 2), body(round))], { sink: writer });
          expectBody(driver, await look(reader), body(round), 'written by another instance');
          expectBody(driver, await look(writer), body(round), 'written by the same instance');
        }
        expectEqual(await look(trial.sink, apart), null, 'what another index holds there');
        await trial.put([document('d', 99n, null)], { sink: other });
        expectEqual(await look(), null, 'what is held after a delete by another instance');
      }),
  },
  {
    name: 'reads unusual ids, each at its own place',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const documents = unusualIds.map((id, n) => document(id, 1n, body(n)));
        const refused = new Set((await trial.write(documents)).rejected.map((one) => one.document.id));
        const seen = await read(trial, documents);
        for (const [n, one] of documents.entries()) {
          const expected = refused.has(one.id) ? null : one.body;
          expectBody(driver, seen[n]?.body ?? null, expected, JSON.stringify(one.id));
        }
      }),
  },
  {
    name: 'reads bodies back with every digit and character',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const documents = delicateBodies.map(([, text], n) => document(`body-${n}`, 1n, text));
        await trial.put(documents);
        const seen = await read(trial, documents);
        for (const [n, one] of documents.entries()) {
          expectBody(driver, seen[n]?.body ?? null, one.body, delicateBodies[n]?.[0] ?? one.id);
        }
      }),
  },
  {
    name: 'reads many places and large bodies, several times at once',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const text = 'words '.repeat(40);
        const documents = Array.from({ length: 3_000 }, (_, n) =>
          document(
            `many-${n}`,
            1n,
            `{"title":"${n % 1_000 === 7 ? text.repeat(3_000) : text}","count":${n}}`,
          ),
        );
        await trial.put(documents);
        const places = documents.toReversed();
        for (const seen of await Promise.all([read(trial, places), read(trial, places)])) {
          for (const [n, one] of places.entries()) {
            const found = seen[n]?.body ?? null;
            if (found !== one.body) expectBody(driver, found, one.body, one.id);
          }
        }
      }),
  },
];
