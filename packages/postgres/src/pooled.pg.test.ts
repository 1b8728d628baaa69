import { isSluiceError } from '@sluice/core';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PgBouncer, startPooler } from '../../../test/support/pooler.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { startProxy } from '../../../test/support/tcp-proxy.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { connect } from './connection.ts';
import { createPool, type PoolOptions, type SourcePool } from './connection-pool.ts';
import { parseConnection } from './connection-settings.ts';
import { runSteps } from './provisioning/run-steps.ts';
import { pinnedSettings } from './settings.ts';

let database: TestDatabase;
let pooler: PgBouncer;
beforeAll(async () => {
  database = await createDatabase();
  // All that decides how values print and names resolve, as an application may have it.
  for (const [name, value] of Object.entries({
    TimeZone: "'Asia/Tokyo'",
    DateStyle: "'SQL, DMY'",
    IntervalStyle: 'sql_standard',
    extra_float_digits: '0',
    bytea_output: 'escape',
    search_path: 'hostile, public',
    standard_conforming_strings: 'off',
    default_transaction_isolation: "'serializable'",
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
    statement_timeout: "'100ms'",
  })) {
    await database.query(
      `SET default_transaction_read_only = off; ALTER DATABASE ${database.name} SET ${name} = ${value}`,
    );
  }
  pooler = await startPooler(database.url);
});
afterAll(async () => {
  await pooler.stop();
  await database.drop();
});

function pooledBy(through: PgBouncer, options: Partial<PoolOptions> = {}): SourcePool {
  return createPool(parseConnection(through.through(database.url)), {
    applicationName: 'pooled',
    poolers: 'allowed',
    ...options,
  });
}

const settingsSql = `SELECT ${Object.keys(pinnedSettings)
  .map((name) => `current_setting('${name.replace(/^default_/, '')}') AS "${name}"`)
  .join(', ')}`;

test('a pooler is found, and a direct connection is told from it', async () => {
  await using direct = ended(createPool(parseConnection(database.url), { applicationName: 'direct' }));
  await using pooled = ended(pooledBy(pooler));
  expect(await direct.pool.pooled()).toBe(false);
  expect(await pooled.pool.pooled()).toBe(true);
});

test('a pooler that drops start-up options in silence is found too, and one in session mode', async () => {
  for (const settings of [
    { ignore_startup_parameters: 'options' },
    { ignore_startup_parameters: 'options', pool_mode: 'session' },
  ]) {
    await using other = await startPooler(database.url, settings);
    await using pooled = ended(pooledBy(other));
    expect(await pooled.pool.pooled()).toBe(true);
    expect((await pooled.pool.query(settingsSql)).rows).toEqual([pinnedSettings]);
  }
});

test('where nothing is allowed in between, it is an error that says what to do', async () => {
  const settings = parseConnection(pooler.through(database.url));
  await using strict = ended(createPool(settings, { applicationName: 'strict' }));
  for (const attempt of [
    () => strict.pool.query('SELECT 1'),
    () => connect(settings, { applicationName: 'x' }),
  ]) {
    const failure: unknown = await attempt().catch((error: unknown) => error);
    expect(isSluiceError(failure, 'SLUICE_SOURCE_UNSUPPORTED') && failure.hint).toContain('directly');
  }
});

test("options of the user's own that the pooler refuses are named", async () => {
  const own = `${pooler.through(database.url)}?options=-c%20work_mem%3D8MB`;
  await using pooled = ended(
    createPool(parseConnection(own), { applicationName: 'own', poolers: 'allowed' }),
  );
  const failure: unknown = await pooled.pool.query('SELECT 1').catch((error: unknown) => error);
  expect(isSluiceError(failure, 'SLUICE_SOURCE_REFUSED') && failure.hint).toContain('PGOPTIONS');
});

test('many clients on two server connections each have their own settings, and leave nothing behind', async () => {
  await using pooled = ended(pooledBy(pooler, { max: 8, startup: { work_mem: '7MB' } }));
  const others = await Promise.all([1, 2, 3].map(() => plain(pooler)));
  const seen = new Set<string>();
  const zones = new Set<string>();
  let over = false;
  const disturbed = Promise.all(
    others.map(async (client) => {
      while (!over) {
        await client.query("SET TimeZone = 'America/Lima'; SET row_security = on; SET work_mem = '9MB'");
        const { rows } = await client.query('SHOW work_mem');
        zones.add(String(rows[0]?.work_mem));
        await client.query('RESET ALL');
      }
    }),
  );
  await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const { rows } =
        at % 2 === 0
          ? await pooled.pool.query(`${settingsSql}, current_setting('work_mem') AS mem, $1::int + 1 AS n`, [
              at,
            ])
          : await pooled.pool.transaction((transaction) =>
              transaction.query(`${settingsSql}, current_setting('work_mem') AS mem, $1::int + 1 AS n`, [at]),
            );
      const { n, ...settings } = rows[0] ?? {};
      expect(n).toBe(String(at + 1));
      seen.add(JSON.stringify(settings));
    }),
  );
  over = true;
  await disturbed;
  expect([...seen].map((text) => JSON.parse(text))).toEqual([{ ...pinnedSettings, mem: '7MB' }]);
  expect([...zones]).not.toContain('7MB');
  await Promise.all(others.map((client) => client.end()));
});

test('values print and parse as on a direct connection', async () => {
  await using direct = ended(createPool(parseConnection(database.url), { applicationName: 'direct' }));
  await using pooled = ended(pooledBy(pooler));
  const sql = `SELECT timestamptz '2024-03-01 12:00:00+00' AS at, date '2024-03-01' AS day, interval '1 day 02:00' AS "for",
    0.1::float8 + 0.2 AS f, '\\x0102'::bytea AS b, $1::text AS t, ($2::text[])[2] AS e, $3::date AS d, 'a\\b' AS s`;
  const values = ['it\'s \\ "x"', ['a', 'b,"c'], '2024-03-01'];
  const expected = (await direct.pool.query(sql, values)).rows;
  expect(expected[0]).toMatchObject({ day: '2024-03-01', s: 'a\\b', e: 'b,"c', d: '2024-03-01' });
  expect((await pooled.pool.query(sql, values)).rows).toEqual(expected);
  expect(await pooled.pool.cells({ text: sql, values })).toEqual(
    await direct.pool.cells({ text: sql, values }),
  );
});

test('statements with a name are never prepared in a session that others use', async () => {
  await using pooled = ended(pooledBy(pooler, { max: 6 }));
  const runs = Array.from({ length: 120 }, (_, at) =>
    pooled.pool.cells({ name: 'sluice_same', text: 'SELECT $1::int + $2::int', values: [at, 1] }),
  );
  expect((await Promise.all(runs)).map(([row]) => row?.[0])).toEqual(runs.map((_, at) => String(at + 1)));
  const client = await plain(pooler);
  for (let at = 0; at < 4; at += 1) {
    expect((await client.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
  }
  await client.end();
});

test('row security fails where it would hide rows', async () => {
  await writable(
    'CREATE TABLE public.secrets (id int, owner text); INSERT INTO public.secrets VALUES (1, $$a$$); ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY',
  );
  const role = await database.createRole();
  await writable(
    `GRANT USAGE ON SCHEMA public TO ${role.name}; GRANT SELECT ON public.secrets TO ${role.name}`,
  );
  await using pooled = ended(
    createPool(parseConnection(pooler.through(role.url)), { applicationName: 'rls', poolers: 'allowed' }),
  );
  await expect(pooled.pool.query('SELECT * FROM public.secrets')).rejects.toThrow(/row-level security/);
  expect((await pooled.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: '1' }]);
});

test('a statement that fails leaves no transaction, and a transaction that fails leaves no row', async () => {
  await writable('CREATE TABLE public.kept (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
  await using pooled = ended(pooledBy(pooler, { max: 1 }));
  const { pool } = pooled;
  await expect(pool.query('SELECT nonsense')).rejects.toThrow('nonsense');
  await expect(pool.query('INSERT INTO public.kept VALUES (1), (1)')).rejects.toThrow(/unique/);
  await pool.query('INSERT INTO public.kept VALUES ($1)', [2]);
  const failed = pool.transaction(async (transaction) => {
    await transaction.query('INSERT INTO public.kept VALUES (3)');
    throw new Error('changed my mind');
  });
  await expect(failed).rejects.toThrow('changed my mind');
  expect(await database.query('SELECT n FROM public.kept')).toEqual([{ n: 2 }]);
  expect(
    await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = '${database.name}' AND state LIKE 'idle in transaction%'`,
    ),
  ).toEqual([]);
});

test('several statements without values are one transaction, and some need none', async () => {
  await writable('CREATE TABLE public.scripted (n int)');
  await using pooled = ended(pooledBy(pooler));
  await pooled.pool.script(
    "INSERT INTO public.scripted VALUES (1); INSERT INTO public.scripted SELECT 2 WHERE current_setting('row_security') = 'off'",
  );
  await expect(pooled.pool.script('INSERT INTO public.scripted VALUES (3); SELECT nonsense')).rejects.toThrow(
    'nonsense',
  );
  expect(await database.query('SELECT n FROM public.scripted ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  await pooled.pool.outside('VACUUM public.scripted');
  await expect(pooled.pool.script('VACUUM public.scripted')).rejects.toThrow(/transaction block/);
});

test("the server's own time limit gives way to ours, for our statements alone", async () => {
  await using patient = ended(pooledBy(pooler));
  expect((await patient.pool.query('SELECT pg_sleep(0.3)::text AS slept')).rows).toEqual([{ slept: '' }]);
  const limits = { statementTimeout: 20, lockTimeout: 0, idleInTransactionTimeout: 0 };
  await using hurried = ended(pooledBy(pooler, { limits }));
  await expect(hurried.pool.query('SELECT pg_sleep(5)')).rejects.toThrow(/statement timeout/);
  const client = await plain(pooler);
  expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '100ms' }]);
  await client.end();
});

test('when pooler and connections are gone the next statement finds its way', async () => {
  await using own = await startPooler(database.url);
  await using pooled = ended(pooledBy(own, { max: 2 }));
  expect((await pooled.pool.query('SELECT 1 AS n')).rows).toEqual([{ n: '1' }]);
  await own.restart();
  await waitFor(async () => (await pooled.pool.query('SELECT 2').catch(() => null)) !== null, {
    what: 'an answer after the restart',
  });
  await own.kill();
  const failure: unknown = await pooled.pool.query('SELECT 3').catch((error: unknown) => error);
  expect(String(failure)).toMatch(/terminated|ECONNREFUSED|ECONNRESET|not queryable/);
});

test('a direct connection that becomes a pooled one is noticed with the next connection', async () => {
  await using proxy = await startProxy(database.url);
  const moving = createPool(parseConnection(proxy.through(database.url)), {
    applicationName: 'moving',
    poolers: 'allowed',
    max: 1,
  });
  expect(await moving.pooled()).toBe(false);
  proxy.lead(pooler.url);
  proxy.cut();
  await waitFor(async () => await moving.pooled().catch(() => false), { what: 'the pooler to be found' });
  expect((await moving.query(settingsSql)).rows).toEqual([pinnedSettings]);
  await moving.end();
});

test('an answer that is lost behind the pooler rejects its query, one that takes long is waited for', async () => {
  await using proxy = await startProxy(pooler.url);
  const pool = createPool(parseConnection(proxy.through(pooler.through(database.url))), {
    applicationName: `watched für ${'long '.repeat(20)}`,
    poolers: 'allowed',
    max: 1,
    patience: 150,
  });
  expect((await pool.query('SELECT pg_sleep(1.2)::text AS slept')).rows).toEqual([{ slept: '' }]);
  proxy.forget();
  await expect(pool.query('SELECT 2')).rejects.toThrow(/Connection terminated/);
  expect((await pool.query('SELECT 3 AS n')).rows).toEqual([{ n: '3' }]);
  await pool.end();
});

test('what runs outside of transactions may take long too', async () => {
  await using narrow = await startPooler(database.url, { default_pool_size: 1 });
  await using pooled = ended(pooledBy(narrow, { applicationName: 'the */ shop', patience: 100 }));
  await pooled.pool.outside('SET statement_timeout = 0');
  await expect(pooled.pool.outside('SELECT pg_sleep(1.5)')).resolves.toBeUndefined();
});

test('waiting for a server connection is not being forgotten', async () => {
  await using narrow = await startPooler(database.url, { default_pool_size: 1 });
  const pool = pooledBy(narrow, { max: 2, patience: 100 });
  await pool.query('SELECT 1');
  const holder = await plain(narrow);
  await holder.query('BEGIN; SELECT 1');
  const waiting = pool.query('SELECT 2 AS n');
  await holder.query('SET LOCAL statement_timeout = 0; SELECT pg_sleep(1.5)');
  await holder.query('COMMIT');
  expect((await waiting).rows).toEqual([{ n: '2' }]);
  await holder.end();
  await pool.end();
});

test('steps say whom they wait for, and end when they are told to, without ending what others run', async () => {
  await writable('CREATE TABLE public.locked (n int)');
  await using pooled = ended(pooledBy(pooler));
  const settings = parseConnection(pooler.through(database.url));
  const runner = { settings, querier: pooled.pool, lockTimeout: 200, betweenTries: 20 };
  const writer = await database.connect();
  await writer.query('SET default_transaction_read_only = off; SET application_name = $$the shop$$');
  await writer.query('BEGIN READ WRITE; LOCK TABLE public.locked');
  const step = {
    what: 'mark the table',
    statements: ["COMMENT ON TABLE public.locked IS 'it''s marked \\ so'"],
  };
  const told: string[] = [];
  const stop = new AbortController();
  const run = runSteps(runner, [step], { signal: stop.signal, onWait: (message) => told.push(message) });
  const ending = run.then(
    () => 'done',
    (error: unknown) => String(error),
  );
  await waitFor(() => told.length > 0, { what: 'the wait to be told of' });
  expect(told[0]).toContain('the shop');
  stop.abort();
  expect(await ending).toContain('abort');
  await writer.query('COMMIT');
  expect(await runSteps(runner, [step], { signal: new AbortController().signal })).toEqual(step.statements);
  expect(await database.query("SELECT obj_description('public.locked'::regclass) AS note")).toEqual([
    { note: "it's marked \\ so" },
  ]);
});

async function writable(sql: string): Promise<void> {
  const client = await database.connect();
  await client.query('SET default_transaction_read_only = off');
  await client.query('BEGIN READ WRITE');
  await client.query(sql);
  await client.query('COMMIT');
  await client.end();
}

/** An application's own connection through the pooler. */
async function plain(through: PgBouncer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: through.through(database.url) });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function ended(pool: SourcePool): AsyncDisposable & { readonly pool: SourcePool } {
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}
