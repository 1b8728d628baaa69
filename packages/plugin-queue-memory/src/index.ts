import type { Plugin } from '@sluice/core';
import { byteSize } from '@sluice/core/config';
import { z } from 'zod';
import { MemoryQueue } from './memory-queue.ts';

export { MemoryQueue, type MemoryQueueLimits } from './memory-queue.ts';

const options = z.strictObject({
  /** How much may wait between capture and engine. */
  max_bytes: byteSize().default(32 * 2 ** 20),
  max_changes: z.int().positive().default(100_000),
});

/** The queue that Sluice uses where the configuration names none. */
const plugin: Plugin<'queue', z.infer<typeof options>> = {
  api: 1,
  kind: 'queue',
  name: 'memory',
  summary: 'A bounded queue in the memory of the process',
  options,
  create: (_context, { max_bytes, max_changes }) =>
    new MemoryQueue({ maxBytes: max_bytes, maxChanges: max_changes }),
};

export default plugin;
