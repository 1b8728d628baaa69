import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('consumer.mjs', import.meta.url));

/** Runs `consumer.mjs`; `state` is what it said last. */
export async function startConsumer(url, options, tables) {
  const child = fork(program, [url, JSON.stringify(options), ...tables], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const state = { rows: 0, at: 0, rssBytes: 0, cpuMs: 0, ages: [] };
  const reports = [];
  const waiters = new Set();
  const ended = new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the consumer ended with ${code}`)),
    );
  });
  child.on('message', (message) => {
    if (message.ready) return;
    state.ages.push(...message.ages);
    Object.assign(state, { ...message, ages: state.ages });
    reports.push({ rows: message.rows, at: message.at, rssBytes: message.rssBytes });
    for (const look of waiters) look();
  });
  const until = (condition) =>
    Promise.race([
      ended.then(() => {
        throw new Error('the consumer ended early');
      }),
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    ]);
  const stop = async () => {
    child.send('stop');
    await ended;
  };
  return { state, reports, until, stop };
}
