// `npm run fuzz:yaml -- [--minutes M] [--inputs N] [--seed S]`: configuration and schema files against damaged
// ones. Runs for M minutes of CPU (20), or for N inputs. Exit code 1, with the input, where anything but
// diagnostics or a configuration comes out, or where one input takes longer than 10 s.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { formatDiagnostics, loadYaml, readLock, writeLock } from '../../packages/core/dist/config/index.js';
import { resolveConfig } from '../../packages/core/dist/config/resolve-config.js';
import { isSluiceError } from '../../packages/core/dist/index.js';
import { parseSchema } from '../../packages/core/dist/schema/index.js';
import { runWatched } from './watched-worker.mjs';
import { fuzzYaml } from './yaml.mjs';
import { yamlCorpus } from './yaml-inputs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

if (isMainThread) await main();
else {
  const { seed, inputs, minutes, shared } = workerData;
  const front = {
    parseSchema,
    loadYaml,
    resolveConfig,
    formatDiagnostics,
    isSluiceError,
    writeLock,
    readLock,
  };
  const started = process.cpuUsage();
  const cpuSeconds = () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
  const goOn = (number) => (inputs === null ? cpuSeconds() < 60 * minutes : number < inputs);
  const progress = (number) => {
    shared[0] = BigInt(number);
  };
  const counts = await fuzzYaml({ front, corpus: yamlCorpus(root), seed, goOn, progress });
  parentPort.postMessage({ ...counts, cpuSeconds: Math.round(cpuSeconds()) });
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '20' },
      inputs: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const inputs = values.inputs === undefined ? null : Number(values.inputs);
  const { result, peakMiB } = await runWatched(
    fileURLToPath(import.meta.url),
    { seed, inputs, minutes },
    { inputLimit: 10_000, heapMiB: 512, report: (at) => process.stderr.write(`input ${at}\n`) },
  );
  process.stdout.write(`seed ${seed}, at most ${peakMiB} MiB resident\n${JSON.stringify(result, null, 2)}\n`);
}
