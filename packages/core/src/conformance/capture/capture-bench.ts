import { setTimeout as delay } from 'node:timers/promises';
import type { CaptureRequirements, ChangeCapture, ProvisionReport } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { type TestTableName, testRequirements } from '../source/index.ts';
import { ChangeConsumer } from './change-consumer.ts';
import type { CaptureDriver, CaptureGuarantee, CaptureSource } from './driver.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

const defaultPatienceMs = 30_000;

/** One source with the instances and consumers that a check opens on it; all of them end with the check. */
export class CaptureBench {
  readonly source: CaptureSource;
  readonly required: CaptureRequirements;
  readonly patienceMs: number;
  readonly #open = new Set<ChangeCapture>();
  readonly #consumers = new Set<ChangeConsumer>();

  constructor(source: CaptureSource, patienceMs = defaultPatienceMs) {
    this.source = source;
    this.required = testRequirements(source.schema);
    this.patienceMs = patienceMs;
  }

  require(...tables: TestTableName[]): CaptureRequirements {
    return testRequirements(this.source.schema, tables);
  }

  async open(): Promise<ChangeCapture> {
    const capture = await this.source.open();
    this.#open.add(capture);
    return capture;
  }

  provision(capture: ChangeCapture, required = this.required): Promise<ProvisionReport> {
    return capture.provision(required, { signal: never });
  }

  /** A capture that is provisioned, and streams. */
  async following(required = this.required): Promise<ChangeConsumer> {
    const capture = await this.open();
    await this.provision(capture, required);
    return await this.follow(capture, required);
  }

  /**
   * Streams, and has reached a barrier. A mechanism may need a moment to notice that the one before has
   * gone: as long as it says so, it is asked again.
   */
  async follow(capture: ChangeCapture, required = this.required): Promise<ChangeConsumer> {
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const consumer = this.consume(capture, required);
      try {
        await consumer.caughtUp();
        return consumer;
      } catch (error) {
        await consumer.stop();
        const again = ['SLUICE_CAPTURE_IN_USE', 'SLUICE_SOURCE_UNAVAILABLE'] as const;
        if (!again.some((code) => isSluiceError(error, code)) || performance.now() > deadline) throw error;
        await delay(20);
      }
    }
  }

  /** Streams from now on. */
  consume(capture: ChangeCapture, required = this.required): ChangeConsumer {
    const consumer = new ChangeConsumer(capture, required, { patienceMs: this.patienceMs });
    this.#consumers.add(consumer);
    return consumer;
  }

  /** Ends a process in good order. */
  async close(consumer: ChangeConsumer): Promise<void> {
    await consumer.stop();
    this.#open.delete(consumer.capture);
    await consumer.capture.close();
  }

  /** Ends a process as a failing machine does. */
  async kill(consumer: ChangeConsumer): Promise<void> {
    await this.source.cutOff(consumer.capture);
    await consumer.stop();
    this.#open.delete(consumer.capture);
    await closeCutOff(consumer.capture);
  }

  /** The next process, streaming: what it gets until it has caught up. */
  async restarted(required = this.required): Promise<ChangeConsumer> {
    return await this.follow(await this.open(), required);
  }

  async end(): Promise<void> {
    // Whether streams end has a check of its own: here everything has to go.
    for (const consumer of this.#consumers) await consumer.stop().catch(() => undefined);
    for (const capture of this.#open) await closeCutOff(capture);
    await this.source.cleanUp();
  }
}

/** Nothing can be handed over any more, and whether close says so is its own affair. */
async function closeCutOff(capture: ChangeCapture): Promise<void> {
  await capture.close().catch(() => undefined);
}

/** A check on a source of its own. `needs`: what the mechanism must be able to give. */
export function captureCheck(
  name: string,
  run: (bench: CaptureBench, driver: CaptureDriver) => Promise<void>,
  ...needs: CaptureGuarantee[]
): ConformanceCheck<CaptureDriver> {
  return {
    name,
    notFor: ({ missing }) => {
      const lacks = needs.filter((need) => missing?.[need] !== undefined);
      return lacks.length === 0 ? null : `The capture does not promise ${lacks.join(' and ')}.`;
    },
    run: async (driver) => {
      const bench = new CaptureBench(await driver.start(), driver.patienceMs);
      try {
        await run(bench, driver);
      } finally {
        await bench.end();
      }
    },
  };
}
