import type { Document } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectCode, expectEqual, expectThat } from '../expect.ts';
import type { SinkDriver } from './sink-driver.ts';
import { acceptedAll, body, document, Trial } from './trial.ts';

const notRejecting = ({ poison }: SinkDriver) =>
  poison === undefined ? 'the store takes every JSON object' : null;
const notInterrupted = ({ interrupt }: SinkDriver) =>
  interrupt === undefined ? 'the driver cannot make the store unreachable' : null;

const deadLetter = {
  key: ['a'],
  id: 'a',
  routing: null,
  version: 1n,
  cause: 'rejected',
  reason: 'a check',
  at: 0,
} as const;

/** What happens where the store says no, or nothing. */
export const refusalChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'reports each document that the store refuses, with the reason, and writes all others',
    notFor: notRejecting,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const bad = [0, 150, 299];
        const documents = Array.from({ length: 300 }, (_, n) =>
          document(`d${n}`, 1n, bad.includes(n) ? (driver.poison ?? null) : body(n)),
        );
        const report = await trial.write(documents);
        expectEqual(report.accepted, 297, 'accepted documents of 300 with three that the store refuses');
        expectEqual(
          report.rejected.map((one) => one.document).toSorted(byId),
          bad.flatMap((n) => documents[n] ?? []).toSorted(byId),
          'the rejected documents, as they were given',
        );
        for (const { reason, retryable, document: one } of report.rejected) {
          expectThat(reason.trim() !== '', `${one.id} was rejected without a reason`);
          expectEqual(retryable, false, `retryable, of ${one.id}, which the store will never take`);
        }
        for (const [n, one] of documents.entries()) {
          if (n % 37 === 0 || bad.includes(n)) await trial.expectHeld(one, bad.includes(n) ? null : one.body);
        }
      }),
  },
  {
    name: 'leaves what it holds alone where the store refuses a newer state',
    notFor: notRejecting,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('a', 1n, body(1))]);
        const report = await trial.write([document('a', 2n, driver.poison ?? null)]);
        expectEqual(report.rejected.length, 1, 'rejected documents');
        await trial.expectHeld('a', body(1));
        await trial.put([document('a', 3n, body(3))]);
        await trial.expectHeld('a', body(3));
      }),
  },
  {
    name: 'throws SLUICE_SINK_UNAVAILABLE while the store is unreachable, and works again afterwards',
    notFor: notInterrupted,
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const { sink, generation } = trial;
        await trial.put([document('before', 1n, body(1))]);
        const restore = await driver.interrupt?.();
        try {
          const write = trial.write([document('during', 1n, body(1))]);
          await expectCode(write, 'SLUICE_SINK_UNAVAILABLE', 'write, while the store is unreachable');
          for (const [what, call] of [
            ['ensureIndex', () => sink.ensureIndex(generation)],
            ['records.list', () => sink.records?.list()],
            ['records.put', () => sink.records?.put(generation.index, 1, null)],
            ['generations.promoted', () => sink.generations?.promoted(generation.index)],
            ['generations.exists', () => sink.generations?.exists(generation)],
            ['generations.promote', () => sink.generations?.promote(generation)],
            ['deadLetters.put', () => sink.deadLetters?.put(generation, [deadLetter])],
            ['deadLetters.list', () => sink.deadLetters?.list(generation, 10)[Symbol.asyncIterator]().next()],
            ['reader.list', () => sink.reader?.list(generation, 10)[Symbol.asyncIterator]().next()],
          ] as const) {
            const answer = call();
            if (answer === undefined) continue;
            await expectCode(answer, 'SLUICE_SINK_UNAVAILABLE', `${what}, while the store is unreachable`);
          }
        } finally {
          await restore?.();
        }
        await workingAgain(trial);
        await trial.expectHeld('before', body(1));
        await trial.expectHeld('after', body(3));
      }),
  },
];

function byId(a: Document, b: Document): number {
  return a.id < b.id ? -1 : 1;
}

/** A store that was just restored may refuse a moment longer: as the engine does, the check tries again. */
async function workingAgain(trial: Trial): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await trial.sink.ensureIndex(trial.generation);
      const report = await trial.write([document('after', 3n, body(3))]);
      expectEqual(report, acceptedAll(1), 'the first write after the outage');
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
