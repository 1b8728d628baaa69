import type { CaptureDriver } from '../src/conformance/index.ts';
import type { ChangeCapture } from '../src/contracts/index.ts';
import type { CaptureMutant } from './capture-mutants.ts';
import { flawed } from './flawed.ts';
import { MemoryCapture, MemoryWorld } from './memory-capture.ts';

/** The reference capture, or one with a flaw, on a database in memory. */
export function memoryCaptureDriver(change?: CaptureMutant['change']): CaptureDriver {
  return {
    // What comes at all comes at once.
    patienceMs: change === undefined ? 5000 : 300,
    async start() {
      const world = new MemoryWorld();
      const references = new WeakMap<ChangeCapture, MemoryCapture>();
      return {
        ...world.database.source(),
        async open() {
          const reference = new MemoryCapture(world);
          const capture = change === undefined ? reference : flawed(reference, change(reference, world));
          references.set(capture, reference);
          return capture;
        },
        async cutOff(capture) {
          const reference = references.get(capture);
          if (reference !== undefined) world.cutOff.add(reference);
          if (world.mechanism?.holder === reference && world.mechanism !== null)
            world.mechanism.holder = null;
          world.database.notify();
        },
        remains: async () => (world.mechanism === null ? [] : ['the mechanism']),
        async lose() {
          world.wasLost = world.mechanism !== null;
          world.mechanism = null;
        },
        memory: () => world.held,
      };
    },
  };
}
