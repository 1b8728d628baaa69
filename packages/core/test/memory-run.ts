import { shopSchema } from '../src/conformance/documents/shop-documents.ts';
import type { Sink } from '../src/contracts/index.ts';
import type { RunOptions } from '../src/engine/run/run-options.ts';
import { MemoryCapture, type MemoryWorld } from './memory-capture.ts';
import { MemoryDocuments } from './memory-documents.ts';
import { makeReferenceQueue } from './reference-queue.ts';

/** What a run over orders in memory needs at least: one index that stops at what the one sink, `store`, refuses. */
export function memoryRun(world: MemoryWorld, sink: Sink) {
  const plugin = { name: 'memory', reference: 'memory', options: {} };
  const named = { plugin, capture: new MemoryCapture(world) };
  return {
    indexes: [
      {
        schema: shopSchema('shop'),
        sinks: ['store'],
        onReject: 'stop',
        holdLimit: { bytes: 1e9, ageMs: 3_600_000 },
      },
    ],
    capture: { allowed: [named], reopen: async () => named },
    documents: new MemoryDocuments(world.database),
    queue: makeReferenceQueue({ batches: [] }, false),
    sinks: [{ name: 'store', sink, required: true }],
  } satisfies Partial<RunOptions>;
}
