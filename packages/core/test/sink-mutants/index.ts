import { deadLetterMutants } from './dead-letter-mutants.ts';
import { documentMutants, lifeMutants, refusalMutants } from './document-mutants.ts';
import { generationMutants, readerMutants } from './generation-mutants.ts';
import type { SinkMutant } from './mutant.ts';
import { readBackMutants } from './read-back-mutants.ts';
import { recordMutants } from './record-mutants.ts';
import { versionMutants } from './version-mutants.ts';

/** Sinks with one flaw each: every one of them must be found out. */
export const sinkMutants: readonly SinkMutant[] = [
  ...documentMutants,
  ...versionMutants,
  ...refusalMutants,
  ...lifeMutants,
  ...recordMutants,
  ...generationMutants,
  ...readerMutants,
  ...readBackMutants,
  ...deadLetterMutants,
];
