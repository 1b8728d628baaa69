import type { ConformanceCheck } from '../check.ts';
import { endChecks } from './end-checks.ts';
import { flowChecks } from './flow-checks.ts';
import type { QueueDriver } from './queue-driver.ts';

/** Every promise of `Queue`. The driver's `cleanUp` is for whoever runs them. */
export const queueChecks: readonly ConformanceCheck<QueueDriver>[] = [...flowChecks, ...endChecks];
