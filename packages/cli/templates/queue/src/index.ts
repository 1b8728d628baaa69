import type { Plugin } from '@sluice/core';
import { z } from 'zod';
import { BoundedQueue } from './bounded-queue.ts';

/** What `queue` takes beside `plugin`. Strict: a mistyped option is told, not ignored. */
const options = z.strictObject({
  /** Row changes that may wait. */
  max_changes: z.int().positive().default(100_000),
  /** Memory that they may take, in bytes. */
  max_bytes: z
    .int()
    .positive()
    .default(32 * 2 ** 20),
});

const plugin: Plugin<'queue', z.output<typeof options>> = {
  api: 1,
  kind: 'queue',
  name: 'template-name',
  summary: 'A bounded queue in memory',
  options,
  create: (_context, { max_changes, max_bytes }) =>
    new BoundedQueue({ changes: max_changes, bytes: max_bytes }),
};

export default plugin;
