import { encodeVersion } from '../../version.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual } from '../expect.ts';
import type { SinkDriver } from './sink-driver.ts';
import { acceptedAll, body, document, Trial } from './trial.ts';

const notVersioned = ({ claims }: SinkDriver) =>
  claims.ordering === 'versioned' ? null : 'the sink compares no versions: it is written to in order';
const versioned = ({ claims }: SinkDriver) =>
  claims.ordering === 'in-order' ? null : 'the sink compares versions';

/** What a sink does about versions: the promise that no document goes back to an older state. */
export const versionChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'leaves an older document out, counts it as a conflict and names the version that it holds',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const held = [5, 9, 6].map((version, n) => document(`held-${n}`, BigInt(version), body(version)));
        await trial.put([...held, document('c', 2n, body(2))]);
        const report = await trial.write([
          document('c', 3n, body(3)),
          ...held.map((one) => ({ ...one, version: one.version - 1n, body: body(0) })),
          document('new', 1n, body(1)),
        ]);
        expectEqual(
          report,
          { accepted: 2, conflicts: 3, highestHeld: 9n, rejected: [] },
          'the report of three documents that are older than those held, and two that are not',
        );
        for (const one of held) await trial.expectHeld(one, one.body);
        await trial.expectHeld('c', body(3));
        await trial.expectHeld('new', body(1));
      }),
  },
  {
    name: 'counts a conflict for what another instance holds, too',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const other = await trial.another();
        await other.ensureIndex(trial.generation);
        await trial.put([document('a', 7n, body(7)), document('gone', 7n, null)]);
        const late = [document('a', 6n, body(6)), document('gone', 6n, body(6))];
        expectEqual(
          await trial.write(late, { sink: other }),
          { accepted: 0, conflicts: 2, highestHeld: 7n, rejected: [] },
          'the report of an instance that wrote neither of the newer states',
        );
        await trial.expectHeld('a', body(7));
        await trial.expectHeld('gone', null);
      }),
  },
  {
    name: 'accepts an equal version, which replaces',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('a', 5n, body(5)), document('back', 5n, null)]);
        await trial.put([document('a', 5n, body(55)), document('back', 5n, body(55))]);
        await trial.expectHeld('a', body(55));
        await trial.expectHeld('back', body(55));
        await trial.put([document('a', 5n, null)]);
        await trial.expectHeld('a', null);
      }),
  },
  {
    name: 'keeps an older document out after a delete',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('a', 5n, body(5))]);
        await trial.put([document('a', 8n, null)]);
        expectEqual(
          await trial.write([document('a', 7n, body(7))]),
          { accepted: 0, conflicts: 1, highestHeld: 8n, rejected: [] },
          'the report of a document that is older than the delete',
        );
        await trial.expectHeld('a', null);
        await trial.put([document('a', 9n, body(9))]);
        await trial.expectHeld('a', body(9));
      }),
  },
  {
    name: 'keeps an older document out after the delete of one that was never there',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('never', 8n, null)]);
        expectEqual(
          await trial.write([document('never', 7n, body(7))]),
          { accepted: 0, conflicts: 1, highestHeld: 8n, rejected: [] },
          'the report of a document that is older than the delete',
        );
        await trial.expectHeld('never', null);
      }),
  },
  {
    name: 'leaves an older delete out',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('a', 5n, body(5))]);
        expectEqual(
          await trial.write([document('a', 4n, null)]),
          { accepted: 0, conflicts: 1, highestHeld: 5n, rejected: [] },
          'the report of a delete that is older than the document',
        );
        await trial.expectHeld('a', body(5));
      }),
  },
  {
    name: 'puts every version of a raised epoch above those before it, and names it exactly beyond 2^53',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('a', 2n ** 40n, body(1))], { epoch: 39 });
        await trial.put([document('a', 3n, body(2))], { epoch: 40 });
        await trial.expectHeld('a', body(2));
        expectEqual(
          await trial.write([document('a', 2n ** 40n + 1n, body(3))], { epoch: 39 }),
          { accepted: 0, conflicts: 1, highestHeld: encodeVersion(40, 3n), rejected: [] },
          'the report of a document of the epoch before',
        );
        await trial.expectHeld('a', body(2));
        // Neighbours that are one and the same as 64-bit floats.
        await trial.put([document('b', 5n, body(5))], { epoch: 40 });
        expectEqual(
          await trial.write([document('b', 4n, body(4))], { epoch: 40 }),
          { accepted: 0, conflicts: 1, highestHeld: encodeVersion(40, 5n), rejected: [] },
          'the report of a document one version older',
        );
        await trial.put([document('b', 6n, body(6))], { epoch: 40 });
        await trial.expectHeld('b', body(6));
      }),
  },
  {
    name: 'ends with the newest state whatever the order of writes, through several instances at once',
    notFor: notVersioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const sinks = [trial.sink, await trial.another(), await trial.another()];
        for (const sink of sinks) await sink.ensureIndex(trial.generation);
        const ids = Array.from({ length: 20 }, (_, n) => `id-${n}`);
        // Version 12 is the newest everywhere; every third document is deleted by it.
        const state = (id: number, version: number) =>
          (id + version) % 3 === 0 ? null : body(id * 100 + version);
        const writes = shuffled(Array.from({ length: 12 }, (_, n) => n + 1)).map((version, n) =>
          trial.write(
            ids.map((id, at) => document(id, BigInt(version), state(at, version))),
            { sink: sinks[n % sinks.length] ?? trial.sink },
          ),
        );
        for (const { rejected } of await Promise.all(writes)) {
          expectEqual(rejected, [], 'the rejected documents of writes at once');
        }
        for (const [at, id] of ids.entries()) await trial.expectHeld(id, state(at, 12));
      }),
  },
  {
    name: 'holds what was written last, without conflicts, where it compares no versions',
    notFor: versioned,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        for (const [version, text] of [
          [5n, body(5)],
          [4n, body(4)],
          [6n, null],
          [3n, body(3)],
        ] as const) {
          expectEqual(
            await trial.write([document('a', version, text)]),
            acceptedAll(1),
            'the report of a write in order',
          );
          await trial.expectHeld('a', text);
        }
      }),
  },
];

/** In an order that is the same in every run: the newest neither first nor last. */
function shuffled(versions: readonly number[]): number[] {
  return versions.toSorted((a, b) => ((a * 7) % 13) - ((b * 7) % 13));
}
