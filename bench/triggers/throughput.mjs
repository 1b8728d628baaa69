// 32 clients whose commits wait 2 ms for the disk: what triggers cost when the CPU is not all there is.
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../nested/median.mjs';
import { startConsumer } from './follower.mjs';
import { record } from './report.mjs';
import { following, makeBooks, makeCapture, never, openServer } from './source.mjs';
import { openWriter } from './wire.mjs';

const clients = 32;
const books = 20_000;
const tables = { none: 'plain', traced: 'traced' };

/** A burst, and a pause in which the reader falls asleep, in ms. */
const burst = 1000;
const pause = 100;

const runs = [
  { name: 'none', table: 'none', consumer: false, bursts: false },
  { name: 'dead', table: 'traced', consumer: false, bursts: false },
  { name: 'awake', table: 'traced', consumer: true, bursts: false },
  { name: 'none in bursts', table: 'none', consumer: false, bursts: true },
  { name: 'asleep', table: 'traced', consumer: true, bursts: true },
];

export async function measureThroughput({ runs: rounds, seconds, log }) {
  const server = await openServer({ fsync: 'on', commit_delay: 2000, commit_siblings: 0 }, log);
  try {
    for (const table of Object.values(tables)) await makeBooks(server.query, table, books);
    const capture = makeCapture(server.url);
    await capture.provision(following(tables.traced), { signal: never });
    const writers = {};
    for (const [key, table] of Object.entries(tables)) {
      writers[key] = await Promise.all(
        Array.from({ length: clients }, () =>
          openWriter(server.url, {
            statement: `UPDATE ${table} SET pages = pages + 1 WHERE id = $1`,
            startup: ['SET commit_delay = 2000', 'SET commit_siblings = 0'],
          }),
        ),
      );
    }
    const rates = new Map(runs.map(({ name }) => [name, []]));
    let generator = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const run of round % 2 === 0 ? runs : runs.toReversed()) {
        const consumer = run.consumer ? await awake(server, capture) : null;
        const before = process.cpuUsage();
        const { rate, ms } = await write(writers[run.table], run.bursts, seconds * 1000);
        const { user, system } = process.cpuUsage(before);
        generator = Math.max(generator, (user + system) / 1000 / ms);
        await consumer?.stop();
        await server.query('TRUNCATE sluice.outbox');
        rates.get(run.name).push(rate);
        log(`throughput ${round + 1}, ${run.name}: ${rate.toFixed(0)} tx/s`);
      }
    }
    const rateOf = (name) => median(rates.get(name));
    for (const [name, base, what] of [
      ['dead', 'none', 'no consumer'],
      ['awake', 'none', 'consumer awake'],
      ['asleep', 'none in bursts', 'consumer asleep before each burst'],
    ]) {
      record('throughput of 32 clients', what, rateOf(name) / rateOf(base), {
        unit: 'of no trigger',
        least: 0.9,
        digits: 2,
        note: `${rateOf(name).toFixed(0)} of ${rateOf(base).toFixed(0)} tx/s`,
      });
    }
    record('throughput of 32 clients', 'CPU of the load generator', generator, { unit: 'cores', digits: 2 });
    for (const each of Object.values(writers).flat()) each.close();
    await capture.close();
  } finally {
    await server.stop();
  }
}

async function awake(server, capture) {
  const consumer = await startConsumer(server.url, {}, [tables.traced]);
  await capture.barrier();
  await consumer.until(() => consumer.state.at > 0);
  return consumer;
}

/** Each client sends its next transaction when the one before is committed. */
async function write(writers, bursts, most) {
  let count = 0;
  let ms = 0;
  while (ms < most) {
    const lasting = bursts ? burst : most;
    const started = performance.now();
    const end = started + lasting;
    await Promise.all(
      writers.map(async (writer, at) => {
        // Rows of its own: no client waits for another's lock.
        for (let step = 0; performance.now() < end; step += 1) {
          await writer.run([1 + at + clients * (step % Math.floor(books / clients))]);
          count += 1;
        }
      }),
    );
    ms += performance.now() - started;
    if (bursts) await delay(pause);
  }
  return { rate: (count / ms) * 1000, ms };
}
