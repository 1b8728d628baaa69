import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { captureUnderTest } from '../e2e/harness/captures.ts';
import { randomOf } from './random.ts';
import { type RoundResult, runRound } from './round.ts';
import { startSoakServers } from './servers.ts';
import { roundLine, summaryOf } from './summary.ts';

// What scripts/soak.mjs was told.
const minutes = Number(process.env['SLUICE_SOAK_MINUTES'] || 10);
const seed = Number(process.env['SLUICE_SOAK_SEED'] || Date.now() % 1_000_000);
const only = (process.env['SLUICE_SOAK_ONLY'] || '').split(',').filter((name) => name !== '');
const firstSeed = process.env['SLUICE_SOAK_ROUND'] || undefined;
const bail = process.env['SLUICE_SOAK_BAIL'] === '1';
const faultsForMs = Number(process.env['SLUICE_SOAK_SECONDS'] || 60) * 1_000;
const folder =
  process.env['SLUICE_SOAK_OUTPUT'] ||
  join(import.meta.dirname, `../../.sluice/soak/${captureUnderTest()}-${seed}`);

// Without vitest nobody would end what runs here.
process.once('disconnect', () => process.exit(1));

test('soak', { timeout: 0 }, async () => {
  const capture = captureUnderTest();
  const began = Date.now();
  const results: RoundResult[] = [];
  await mkdir(folder, { recursive: true });
  process.stdout.write(`soak of ${minutes} minutes, ${capture}, seed ${seed}, into ${folder}\n`);
  await using servers = await startSoakServers(capture);
  const seeds = randomOf(seed, 'rounds');
  const goesOn = () =>
    firstSeed === undefined &&
    Date.now() - began < minutes * 60_000 &&
    !(bail && results.at(-1)?.problems.length !== 0);
  do {
    const drawn = seeds.below(2 ** 31);
    const result = await runRound({
      seed: firstSeed === undefined ? drawn : Number(firstSeed),
      capture,
      servers,
      faultsForMs,
      evidence: folder,
      only,
    });
    results.push(result);
    const line = roundLine(results.length, result);
    process.stdout.write(`${line}\n`);
    await appendFile(join(folder, 'rounds.txt'), `${new Date().toISOString()} ${line}\n`);
    await writeFile(
      join(folder, 'summary.json'),
      JSON.stringify(summaryOf({ capture, seed, began, ended: Date.now(), servers, results }), null, 2),
    );
  } while (goesOn());
  expect(results.filter(({ problems }) => problems.length > 0).map((result) => result.seed)).toEqual([]);
});
