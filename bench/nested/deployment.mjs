import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schema as nestedSchema } from './data.mjs';

const program = fileURLToPath(new URL('follower.mjs', import.meta.url));

/**
 * Makes deployments of one source and one OpenSearch: `(prefix, once, capture)`. `schema`: of their index;
 * `index`: what else the configuration says of it.
 */
export function deployments({
  folder,
  postgres,
  openSearch,
  client,
  capture: usual,
  schema = nestedSchema,
  index = {},
}) {
  return async (prefix, once, capture = usual) => {
    const config = join(folder, `${prefix}.yaml`);
    await writeFile(join(folder, 'users.schema.yml'), schema);
    await writeFile(
      config,
      JSON.stringify({
        source: { connection: postgres.url, capture },
        sinks: { search: { plugin: 'opensearch', url: openSearch.url, number_of_replicas: 0 } },
        indexes: { users: { schema: 'users.schema.yml', ...index } },
        prefix: `${prefix}_`,
      }),
    );
    const child = fork(program, [config, ...(once ? ['once'] : [])], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const phases = new Map();
    const waiters = new Set();
    const state = { durable: 0, durableAt: 0, rssBytes: 0, phases };
    child.on('message', (message) => {
      if (message.phase) phases.set(message.phase, message.at);
      if (message.rssBytes) state.rssBytes = message.rssBytes;
      if (message.durable) {
        state.durable += message.durable;
        state.durableAt = message.at;
      }
      for (const wake of waiters) wake();
    });
    const ended = new Promise((resolve, reject) => {
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`the follower ended with ${code}`)),
      );
    });
    const until = (condition) =>
      Promise.race([
        ended.then(() => {
          if (!condition()) throw new Error('the follower ended early');
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
      await client.query(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active',
      );
      // Another deployment's triggers would tell of the next one's writes.
      await client.query(`DROP SCHEMA IF EXISTS sluice_${prefix} CASCADE`);
    };
    return { state, until, ended, stop };
  };
}
