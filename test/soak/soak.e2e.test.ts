import { join } from 'node:path';
import { expect, test } from 'vitest';
import { captureUnderTest } from '../e2e/harness/captures.ts';
import { runRound } from './round.ts';
import { startSoakServers } from './servers.ts';

/** Any other finds other things: SLUICE_TEST_SEED, or `npm run soak`. */
const seed = Number(process.env['SLUICE_TEST_SEED'] || 20261120);

test(`a minute of everything at once, and then every document is right (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const capture = captureUnderTest();
  await using servers = await startSoakServers(capture);
  const { problems, transactions, faults, documents, looks } = await runRound({
    seed,
    capture,
    servers,
    faultsForMs: 60_000,
    evidence: join(import.meta.dirname, '../../.sluice/soak'),
  });
  expect(problems).toEqual([]);
  // A round without writes, faults, documents or looks would prove nothing.
  expect(transactions).toBeGreaterThan(100);
  expect(Object.keys(faults).length).toBeGreaterThan(5);
  expect(documents).toBeGreaterThan(10);
  expect(looks).toBeGreaterThan(20);
});
