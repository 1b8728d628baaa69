// What the triggers cost the application: CPU of the backend that writes. Twins of one table take turns;
// the minimum of the rounds is what the work costs when nothing else disturbs it.
import pg from 'pg';
import { backendCpu } from './backend-cpu.mjs';
import { record } from './report.mjs';
import { following, makeBooks, makeCapture, never, openServer } from './source.mjs';

const books = 20_000;
const perRound = 200;
const bulk = 100_000;

const statements = {
  'UPDATE of a watched column': {
    most: 15,
    sql: (table) => `UPDATE ${table} SET pages = pages + 1 WHERE id = $1`,
  },
  'UPDATE that moves the row to another parent': {
    sql: (table) => `UPDATE ${table} SET author_id = author_id + 1 WHERE id = $1`,
  },
  'UPDATE of an unwatched column': {
    most: 8,
    sql: (table) => `UPDATE ${table} SET unwatched = unwatched + 1 WHERE id = $1`,
  },
  'UPDATE that changes nothing': {
    most: 8,
    sql: (table) => `UPDATE ${table} SET pages = pages WHERE id = $1`,
  },
};

export async function measureCost({ rounds, log }) {
  const server = await openServer({ autovacuum: 'off' }, log);
  try {
    const captures = await Promise.all(
      ['row', 'statement'].map(async (mode) => {
        for (const size of ['single', 'bulk']) {
          await makeBooks(server.query, `${size}_${mode}`, size === 'bulk' ? bulk : books);
        }
        const capture = makeCapture(server.url, { schema: `sluice_${mode}`, mode });
        await capture.provision(following(`single_${mode}`, `bulk_${mode}`), { signal: never });
        return capture;
      }),
    );
    await makeBooks(server.query, 'single_none', books);
    await makeBooks(server.query, 'bulk_none', bulk);
    for (const [what, { most, sql }] of Object.entries(statements)) {
      await measureSingle(server, what, sql, most, rounds);
    }
    await measureBulk(server, Math.max(3, Math.ceil(rounds / 12)));
    await Promise.all(captures.map((capture) => capture.close()));
  } finally {
    await server.stop();
  }
}

/**
 * Transactions of one statement, sent as one message: what a client's socket costs the backend depends
 * on how busy the client is, and is no part of this.
 */
async function measureSingle(server, what, sql, most, rounds) {
  const sessions = await Promise.all(
    ['single_none', 'single_row'].map(async (table) => {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`PREPARE w (bigint) AS ${sql(table)}`);
      const { pid } = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0];
      return { client, pid, least: Number.POSITIVE_INFINITY };
    }),
  );
  for (let round = 0; round < rounds; round += 1) {
    const ids = Array.from({ length: perRound }, (_, at) => 1 + (((round * perRound + at) * 7919) % books));
    const script = ids.map((id) => `BEGIN;EXECUTE w(${id});COMMIT;`).join('');
    for (const session of sessions) {
      const before = backendCpu(session.pid);
      await session.client.query(script);
      session.least = Math.min(session.least, (backendCpu(session.pid) - before) / perRound);
    }
    if (round % 10 === 9) await tidy(server, ['single_none', 'single_row']);
  }
  for (const { client } of sessions) await client.end();
  const [none, row] = sessions;
  const note = `${none.least.toFixed(1)} µs without a trigger`;
  record('CPU', what, row.least - none.least, { unit: 'µs more a transaction', most, note });
}

async function measureBulk(server, rounds) {
  const tables = ['bulk_none', 'bulk_row', 'bulk_statement'];
  const least = new Map(tables.map((table) => [table, Number.POSITIVE_INFINITY]));
  const { pid } = (await server.query('SELECT pg_backend_pid() AS pid'))[0];
  for (let round = 0; round < rounds; round += 1) {
    for (const table of tables) {
      const before = backendCpu(pid);
      await server.query(`UPDATE ${table} SET pages = pages + 1`);
      least.set(table, Math.min(least.get(table), (backendCpu(pid) - before) / bulk));
      await tidy(server, [table]);
    }
  }
  const note = `${least.get('bulk_none').toFixed(2)} µs without a trigger`;
  for (const [mode, most] of [
    ['row', 7],
    ['statement', 4.5],
  ]) {
    const more = least.get(`bulk_${mode}`) - least.get('bulk_none');
    record('CPU', `UPDATE of 100,000 rows, ${mode} mode`, more, {
      unit: 'µs more a row',
      most,
      digits: 2,
      note,
    });
  }
}

async function tidy(server, tables) {
  await server.query('TRUNCATE sluice_row.outbox, sluice_statement.outbox');
  for (const table of tables) await server.query(`VACUUM ${table}`);
  await server.query('CHECKPOINT');
}
