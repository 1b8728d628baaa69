import { describeQueue } from '@sluice/core/testkit';
import { MemoryQueue } from './index.ts';

describeQueue('memory', {
  durable: false,
  bound: { changes: 100, bytes: 10_000 },
  open: () => Promise.resolve(new MemoryQueue({ maxChanges: 100, maxBytes: 10_000 })),
});
