import type { PluginContext } from '@sluice/core';
import type { QueueDriver } from '@sluice/core/conformance';
import plugin from './index.ts';

const bound = { changes: 100, bytes: 10_000 };

/**
 * What the conformance checks drive the queue with: used by the test beside it and, because the
 * manifest names it, by `sluice plugin verify`.
 */
export default function driver(context: PluginContext): QueueDriver {
  return {
    durable: false,
    bound,
    open: async () => plugin.create(context, { max_changes: bound.changes, max_bytes: bound.bytes }),
  };
}
