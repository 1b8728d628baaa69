import type { ConformanceCheck } from '../check.ts';
import { deadLetterChecks } from './dead-letter-checks.ts';
import { documentChecks } from './document-checks.ts';
import { generationChecks } from './generation-checks.ts';
import { lifeChecks } from './life-checks.ts';
import { readBackChecks } from './read-back-checks.ts';
import { readerChecks } from './reader-checks.ts';
import { recordChecks } from './record-checks.ts';
import { refusalChecks } from './refusal-checks.ts';
import type { SinkDriver } from './sink-driver.ts';
import { versionChecks } from './version-checks.ts';

/** Every promise of `Sink`. The driver's `cleanUp` is for whoever runs them. */
export const sinkChecks: readonly ConformanceCheck<SinkDriver>[] = [
  ...documentChecks,
  ...versionChecks,
  ...refusalChecks,
  ...lifeChecks,
  ...recordChecks,
  ...generationChecks,
  ...readerChecks,
  ...readBackChecks,
  ...deadLetterChecks,
];
