// Verifies one deployment and prints what it took: `node verifier.mjs CONFIG`.
import { readFileSync } from 'node:fs';
import { openDeployment } from '../nested/open-deployment.mjs';

const deployment = await openDeployment(process.argv[2]);
const { verifications } = await deployment.verify({
  generations: 'promoted',
  sample: null,
  repair: false,
  timeoutMs: 60_000,
  signal: new AbortController().signal,
});
await deployment.close();
const rssBytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
const [{ durationMs, compared, listed, counts }] = verifications;
const cpuMs = (process.cpuUsage().user + process.cpuUsage().system) / 1000;
console.log(JSON.stringify({ durationMs, compared, listed, counts, rssBytes, cpuMs }));
