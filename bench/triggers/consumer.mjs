// A consumer for which everything is durable at once, in a process of its own. Reports to its parent:
// {ready}, {rows, at, rssBytes} regularly, {at, ages} where asked for.
// Usage: node consumer.mjs POSTGRES_URL OPTIONS_JSON TABLE… (with an IPC channel).
import { following, makeCapture } from './source.mjs';

const [url, options, ...tables] = process.argv.slice(2);
const stop = new AbortController();
const capture = makeCapture(url, JSON.parse(options));
let rows = 0;
let ages = [];
let started = false;
const report = () => {
  const { rss } = process.memoryUsage();
  const cpu = process.cpuUsage();
  process.send({ rows, at: Date.now(), rssBytes: rss, cpuMs: (cpu.user + cpu.system) / 1000, ages });
  ages = [];
};
process.on('message', (message) => {
  if (message === 'report') report();
  if (message === 'stop') stop.abort(new Error('the benchmark is over'));
});
const every = setInterval(() => started && report(), 200);
const required = following(...tables);
process.send({ ready: true });
for await (const batch of capture.stream(required, stop.signal)) {
  started = true;
  rows += batch.changes.length;
  if (batch.committedAt !== null && ages.length < 5000) ages.push(Date.now() - batch.committedAt);
  capture.acknowledge(batch.token);
}
clearInterval(every);
await capture.close();
report();
process.disconnect();
