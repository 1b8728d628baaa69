import { canonicalJson } from '../../canonical-json.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat, outcomeOf } from '../expect.ts';
import { conformanceSchema } from './conformance-schema.ts';
import type { SinkDriver } from './sink-driver.ts';
import { body, document, Trial } from './trial.ts';

/** How a sink begins, is interrupted by its user, and ends. */
export const lifeChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'gives the same fingerprint and description of a schema every time, as JSON',
    run: async (driver) => {
      const [one, other] = [await driver.open(), await driver.open()];
      const schema = conformanceSchema('conformance');
      const first = canonicalJson(one.fingerprint(schema));
      expectEqual(canonicalJson(other.fingerprint(schema)), first, 'the fingerprint of another instance');
      expectEqual(canonicalJson(one.fingerprint(structuredClone(schema))), first, 'the fingerprint, again');
      const description = one.describe?.(schema) ?? null;
      expectEqual(JSON.parse(JSON.stringify(description)), description, 'the description, read as JSON');
      await one.close();
      await other.close();
    },
  },
  {
    name: 'names the place where its documents land, the same for every instance and after every write',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const other = await trial.another();
        if (trial.sink.location === undefined || other.location === undefined) return;
        const place = await trial.sink.location();
        expectThat(typeof place === 'string' && place.length > 0, '`location` is empty');
        await trial.put([document('a', 1n, body(1))]);
        expectEqual(await other.location(), place, 'the location of another instance');
        expectEqual(await trial.sink.location(), place, 'the location, asked again');
      }),
  },
  {
    name: "ends a write whose signal is aborted with the signal's reason, and writes nothing",
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const reason = new Error('the run ends');
        const aborted = trial.write([document('a', 1n, body(1))], { signal: AbortSignal.abort(reason) });
        expectEqual(await outcomeOf(aborted), { kind: 'rejected', error: reason }, 'the aborted write');
        await trial.expectHeld('a', null);
        await trial.put([document('a', 2n, body(2))]);
        await trial.expectHeld('a', body(2));
      }),
  },
  {
    name: "settles a write that is aborted on its way: with a true report, or with the signal's reason",
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const controller = new AbortController();
        const documents = Array.from({ length: 2_000 }, (_, n) => document(`cut-${n}`, 1n, body(n)));
        const write = outcomeOf(trial.write(documents, { signal: controller.signal }));
        const reason = new Error('the run ends');
        setImmediate(() => controller.abort(reason));
        const outcome = await write;
        if (outcome.kind === 'rejected') {
          expectThat(
            outcome.error === reason,
            `the aborted write threw ${String(outcome.error)}, not the reason`,
          );
        } else {
          for (const n of [0, 1_000, 1_999]) await trial.expectHeld(`cut-${n}`, body(n));
        }
        await trial.put([document('after', 2n, body(2))]);
        await trial.expectHeld('after', body(2));
      }),
  },
  {
    name: 'closes, and closes again, and another instance works on',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const other = await trial.another();
        await other.ensureIndex(trial.generation);
        await trial.put([document('a', 1n, body(1))]);
        await trial.sink.close();
        await trial.sink.close();
        await trial.put([document('b', 1n, body(1))], { sink: other });
        await trial.expectHeld('a', body(1));
        await trial.expectHeld('b', body(1));
      }),
  },
];
