import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics, loadYaml, readLock, writeLock } from '../../packages/core/src/config/index.ts';
import { resolveConfig } from '../../packages/core/src/config/resolve-config.ts';
import { isSluiceError } from '../../packages/core/src/errors/index.ts';
import { parseSchema } from '../../packages/core/src/schema/index.ts';
import { PgoutputDecoder } from '../../packages/plugin-cdc-wal/src/pgoutput/decoder.ts';
import { fuzzPgoutput } from './pgoutput.mjs';
import { fuzzYaml } from './yaml.mjs';
import { yamlCorpus } from './yaml-inputs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('a short run of the fuzzers', () => {
  test('noise and damaged messages come out of the pgoutput decoder as messages or failures', () => {
    const counts = fuzzPgoutput({ Decoder: PgoutputDecoder, seed: 6, inputs: 40_000 });
    expect(total(counts)).toBe(40_000);
    // The fuzzer reaches what it is about: rows, and what leads to a failure.
    expect(counts).toMatchObject({ row: expect.any(Number), failure: expect.any(Number) });
  });

  test('damaged configurations and schemas come out of the front end as diagnostics or results', async () => {
    const front = {
      parseSchema,
      loadYaml,
      resolveConfig,
      formatDiagnostics,
      isSluiceError,
      writeLock,
      readLock,
    };
    const counts = await fuzzYaml({
      front,
      corpus: yamlCorpus(root),
      seed: 6,
      goOn: (number) => number < 500,
    });
    expect(counts.validSchemas).toBeGreaterThan(0);
    expect(counts.validConfigs).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  }, 60_000);
});
