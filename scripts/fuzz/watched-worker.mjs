import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Runs a fuzzer in a thread with bounded memory, and ends it where one input takes longer than `inputLimit`
 * ms of CPU: a loop that never ends cannot be noticed by itself. The thread writes into `shared`: at 0 the number of
 * the input it is at, at 1 and 2 whatever it likes to have told.
 *
 * Resolves with what the thread posts at its end.
 */
export async function runWatched(file, workerData, { inputLimit, heapMiB, report, reportEvery = 10_000 }) {
  const shared = new BigInt64Array(new SharedArrayBuffer(24));
  const worker = new Worker(file, {
    workerData: { ...workerData, shared },
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  let last = -1n;
  let since = cpuTime();
  let told = performance.now();
  let peak = 0;
  const watch = setInterval(() => {
    const now = performance.now();
    peak = Math.max(peak, process.memoryUsage.rss());
    const at = Atomics.load(shared, 0);
    if (at !== last) {
      last = at;
      since = cpuTime();
    } else if (cpuTime() - since > inputLimit) {
      worker.emit('error', new Error(`input ${at} took longer than ${inputLimit} ms of CPU`));
    }
    if (now - told > reportEvery) {
      told = now;
      report?.(at, peak);
    }
  }, 100);
  try {
    const [result] = await once(worker, 'message');
    return { result, peakMiB: Math.round(peak / 2 ** 20) };
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

/** Of the whole process, in ms: however busy the machine is, an input has as much of it. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
