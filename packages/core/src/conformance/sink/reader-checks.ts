import type { Document, HeldDocument } from '../../contracts/index.ts';
import { encodeVersion } from '../../version.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { unusualIds } from './document-checks.ts';
import type { SinkDriver } from './sink-driver.ts';
import { body, document, newGeneration, Trial } from './trial.ts';

const notFor = ({ claims }: SinkDriver) => (claims.reader ? null : 'the sink cannot be read back');

async function listed(
  trial: Trial,
  pageSize: number,
  afterPage?: () => Promise<void>,
): Promise<HeldDocument[]> {
  const { reader } = trial.sink;
  expectThat(reader !== undefined, 'the sink has no `reader`');
  const held: HeldDocument[] = [];
  for await (const page of reader.list(trial.generation, pageSize)) {
    expectThat(page.length <= pageSize, `a page holds ${page.length} documents, more than ${pageSize}`);
    held.push(...page);
    await afterPage?.();
  }
  return held;
}

function asHeld(documents: readonly Document[], epoch: number): HeldDocument[] {
  return documents
    .map(({ id, routing, version }) => ({ id, routing, version: encodeVersion(epoch, version) }))
    .toSorted(byPlace);
}

function byPlace(a: HeldDocument, b: HeldDocument): number {
  const [one, other] = [a, b].map(({ id, routing }) => JSON.stringify([id, routing]));
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

/** Reading back what the sink holds, which is how what the source no longer has is found. */
export const readerChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'lists every document once, where it lies and with its version, and no deleted one',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        expectEqual(await listed(trial, 10), [], 'the documents of an empty index');
        const plain = Array.from({ length: 95 }, (_, n) => document(`d${n}`, BigInt(n + 1), body(n)));
        const routed = ['a', 'b "c"/é'].map((routing, n) => document(`r${n}`, 7n, body(n), routing));
        await trial.put([...plain, ...routed, document('never there', 9n, null)], { epoch: 40 });
        await trial.put([document('d0', 200n, null), document('d1', 200n, body(200))], { epoch: 40 });
        const expected = [...plain.slice(2), document('d1', 200n, body(200)), ...routed];
        for (const pageSize of [10, 97, 1_000]) {
          const seen = (await listed(trial, pageSize)).map(({ id, routing, version }) => ({
            id,
            routing,
            version,
          }));
          expectEqual(seen.toSorted(byPlace), asHeld(expected, 40), `the documents in pages of ${pageSize}`);
        }
        await expectFree(trial);
      }),
  },
  {
    name: 'lists unusual ids exactly',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const documents = unusualIds.map((id, n) => document(id, 1n, body(n)));
        const refused = new Set((await trial.write(documents)).rejected.map((one) => one.document.id));
        const seen = (await listed(trial, 7)).map(({ id }) => id);
        const expected = unusualIds.filter((id) => !refused.has(id));
        expectEqual(seen.toSorted(), expected.toSorted(), 'the listed ids');
      }),
  },
  {
    name: 'lists all that was durable when it was called, whatever is written meanwhile',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const ids = Array.from({ length: 100 }, (_, n) => `d${n}`);
        await trial.put(ids.map((id, n) => document(id, 1n, body(n))));
        let version = 1n;
        const held = await listed(trial, 10, async () => {
          // A list may follow what is new: without an end to that it would have none itself.
          if (version > 10n) return;
          version += 1n;
          await trial.put(ids.map((id, n) => document(id, version, body(n))));
          await trial.put([document(`later-${version}`, version, body(0))]);
        });
        const seen = new Set(held.map(({ id }) => id));
        expectEqual(
          ids.filter((id) => !seen.has(id)),
          [],
          'documents left out that were there all the while',
        );
      }),
  },
  {
    name: 'can be left after any page, read again, and read twice at once',
    notFor,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const documents = Array.from({ length: 50 }, (_, n) => document(`d${n}`, 1n, body(n)));
        await trial.put(documents);
        const { reader } = trial.sink;
        expectThat(reader !== undefined, 'the sink has no `reader`');
        for (let round = 0; round < 5; round++) {
          for await (const page of reader.list(trial.generation, 10)) {
            expectThat(page.length > 0, 'the first of several pages is empty');
            break;
          }
        }
        const [one, other] = await Promise.all([listed(trial, 10), listed(trial, 50)]);
        expectEqual([one.length, other.length], [50, 50], 'the documents of two lists at once');
      }),
  },
];

/** Another index has documents of its own. */
async function expectFree(trial: Trial): Promise<void> {
  const other = newGeneration();
  await trial.sink.ensureIndex(other);
  const held: unknown[] = [];
  for await (const page of trial.sink.reader?.list(other, 10) ?? []) held.push(...page);
  expectEqual(held, [], 'the documents of another index, to which nothing was written');
}
