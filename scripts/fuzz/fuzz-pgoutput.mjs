// `npm run fuzz:pgoutput -- [--inputs N] [--seed S]`: the decoder of the replication stream against noise and
// damaged messages. Ends with what came out; exit code 1 and the input where the decoder did anything else.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { PgoutputDecoder } from '../../packages/plugin-cdc-wal/dist/pgoutput/decoder.js';
import { fuzzPgoutput } from './pgoutput.mjs';
import { runWatched } from './watched-worker.mjs';

if (isMainThread) await main();
else {
  const { seed, inputs, shared } = workerData;
  const progress = (number) => {
    shared[0] = BigInt(number);
  };
  parentPort.postMessage(fuzzPgoutput({ Decoder: PgoutputDecoder, seed, inputs, progress }));
}

async function main() {
  const { values } = parseArgs({
    options: { inputs: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
  });
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  const started = performance.now();
  const { result, peakMiB } = await runWatched(
    fileURLToPath(import.meta.url),
    { seed, inputs },
    {
      inputLimit: 5_000,
      heapMiB: 128,
      report: (at) => process.stderr.write(`${at} of ${inputs}\n`),
    },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`${inputs} inputs, seed ${seed}, ${seconds} s, at most ${peakMiB} MiB resident\n`);
  for (const [kind, count] of Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)))
    process.stdout.write(`  ${kind} ${count}\n`);
}
