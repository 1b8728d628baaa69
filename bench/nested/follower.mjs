// Runs one deployment and reports its events to the parent process: {phase}, {durable, at}, {rssBytes}.
// Usage: node follower.mjs CONFIG (with an IPC channel). `at` is in ms of the wall clock, with fractions.
import { readFileSync } from 'node:fs';
import { openDeployment } from './open-deployment.mjs';

const now = () => performance.timeOrigin + performance.now();
const stop = new AbortController();
process.on('message', (message) => {
  if (message === 'stop') stop.abort(new Error('the benchmark is over'));
});
const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

const deployment = await openDeployment(process.argv[2]);
await deployment.run({
  once: process.argv[3] === 'once',
  signal: stop.signal,
  observers: [
    {
      phase: (phase) => process.send({ phase, at: now() }),
      durable: ({ changes }) => process.send({ durable: changes, at: now() }),
      warning: ({ message }) => console.error(message),
      retry: ({ error }) => console.error(error.message),
    },
  ],
});
process.send({ rssBytes: peak() });
await deployment.close();
process.disconnect();
