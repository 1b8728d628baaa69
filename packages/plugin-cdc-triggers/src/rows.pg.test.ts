import type { Change } from '@sluice/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { brief, follow, requirements, table } from '../test/harness.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query('CREATE EXTENSION citext');
});
afterAll(async () => {
  await database.drop();
});

describe.each(['row', 'statement'] as const)('%s triggers', (mode) => {
  const named = (name: string) => `${name}_${mode}`;

  async function following(name: string, columns: string, links = ['id'], watched: string[] = []) {
    await database.query(`CREATE TABLE ${name} (${columns})`);
    const required = requirements(table(name, ['id'], links, watched));
    return await follow(database, required, { schema: `c_${name}`, mode });
  }

  test('5: what prints differently is a change, whatever equality says; the same value is none', async () => {
    const name = named('equality');
    const { changesOf, stop } = await following(
      name,
      `id int PRIMARY KEY, amount numeric, label citext, doc json, docb jsonb, span interval, ratio float8, place point, tags text[]`,
      ['id'],
      ['amount', 'label', 'doc', 'docb', 'span', 'ratio', 'place', 'tags'],
    );
    await changesOf(() =>
      database.query(
        `INSERT INTO ${name} VALUES (1, 1.0, 'A', '{"a":1}', '[1.0]', '1 day', 0, '(1,2)', '{a}')`,
      ),
    );
    for (const [set, changed] of [
      ['amount = 1.00', true],
      ["label = 'a'", true],
      [`doc = '{"a": 1}'`, true],
      [`docb = '[1.00]'`, true],
      ["span = '24 hours'", true],
      ["ratio = '-0'", true],
      ["place = '(1,3)'", true],
      ["tags = '{b}'", true],
      [
        'amount = amount, label = label, doc = doc, docb = docb, span = span, ratio = ratio, place = place',
        false,
      ],
    ] as const) {
      const changes = await changesOf(() => database.query(`UPDATE ${name} SET ${set}`));
      expect({ set, changed: changes.length > 0 }).toEqual({ set, changed });
    }
    await stop();
  });

  test('6: a value that a BEFORE trigger changes is a change, though the statement did not name it', async () => {
    const name = named('before');
    const { changesOf, stop } = await following(
      name,
      'id int PRIMARY KEY, body text, other int',
      ['id'],
      ['body'],
    );
    await database.query(`
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := 'set'; RETURN NEW; END $$;
      CREATE TRIGGER before BEFORE UPDATE ON ${name} FOR EACH ROW EXECUTE FUNCTION ${name}()`);
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1)`));
    expect(brief(await changesOf(() => database.query(`UPDATE ${name} SET other = 1`)))).toEqual([
      'update 1',
    ]);
    await stop();
  });

  test('8: two keys that are swapped in one statement are both told of', async () => {
    const name = named('swapped');
    const { changesOf, stop } = await following(
      name,
      'id int PRIMARY KEY DEFERRABLE, body text',
      ['id'],
      ['body'],
    );
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 'a'), (2, 'b')`));
    const changes = await changesOf(() => database.query(`UPDATE ${name} SET id = 3 - id`));
    expect(idsIn(changes)).toEqual(['1', '2']);
    await stop();
  });

  test('11, 12: rows that a foreign key deletes or moves are told of with the parent they had', async () => {
    const name = named('cascade');
    const parents = `${name}_parents`;
    await database.query(`CREATE TABLE ${parents} (id int PRIMARY KEY)`);
    const { changesOf, stop } = await following(
      name,
      `id int PRIMARY KEY, parent int REFERENCES ${parents} ON DELETE CASCADE ON UPDATE CASCADE`,
      ['id', 'parent'],
    );
    await database.query(`INSERT INTO ${parents} VALUES (1), (2)`);
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 1), (2, 1), (3, 2)`));
    const moved = await changesOf(() => database.query(`UPDATE ${parents} SET id = 9 WHERE id = 1`));
    expect(
      new Set(moved.flatMap(({ before, after }) => [before?.['parent'], after?.['parent']]).filter(Boolean)),
    ).toEqual(new Set(['1', '9']));
    expect(idsIn(moved)).toEqual(['1', '2']);
    const deleted = await changesOf(() => database.query(`DELETE FROM ${parents}`));
    expect(deleted.map(({ before }) => `${before?.['id']} of ${before?.['parent']}`).sort()).toEqual([
      '1 of 9',
      '2 of 9',
      '3 of 2',
    ]);
    await stop();
  });

  test('13: upserts come as what they did to each row; doing nothing is nothing', async () => {
    const name = named('upsert');
    const { changesOf, stop } = await following(name, 'id int PRIMARY KEY, n int', ['id'], ['n']);
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 0), (2, 0)`));
    const upserted = await changesOf(() =>
      database.query(
        `INSERT INTO ${name} VALUES (1, 5), (3, 5) ON CONFLICT (id) DO UPDATE SET n = excluded.n`,
      ),
    );
    expect(brief(upserted).sort()).toEqual(['insert 3', 'update 1']);
    expect(
      await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 7) ON CONFLICT DO NOTHING`)),
    ).toEqual([]);
    await stop();
  });

  test('14: merges come as what they did to each row', async ({ skip }) => {
    const [server] = await database.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    skip((server?.version ?? 0) < 150_000, 'MERGE came with Postgres 15.');
    const name = named('merge');
    const { changesOf, stop } = await following(name, 'id int PRIMARY KEY, n int', ['id'], ['n']);
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 0), (2, 0)`));
    const merged = await changesOf(() =>
      database.query(`
        MERGE INTO ${name} t USING (VALUES (1, 1), (2, NULL), (4, 4)) AS s (id, n) ON t.id = s.id
        WHEN MATCHED AND s.n IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET n = s.n
        WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.n)`),
    );
    expect(brief(merged).sort()).toEqual(['delete 2', 'insert 4', 'update 1']);
    await stop();
  });

  test('15, 32: a bulk write reports every row and takes one transaction id', async () => {
    const name = named('bulk');
    const { changesOf, consumer, stop } = await following(name, 'id int PRIMARY KEY, n int', ['id'], ['n']);
    const inserted = await changesOf(() =>
      database.query(`INSERT INTO ${name} SELECT g, 0 FROM generate_series(1, 10000) g`),
    );
    expect(idsIn(inserted)).toHaveLength(10_000);
    const client = await database.connect();
    const xid = async () =>
      Number((await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot()) AS x')).rows[0].x);
    consumer.pause();
    const before = await xid();
    await client.query(`UPDATE ${name} SET n = 1`);
    expect((await xid()) - before).toBeLessThan(50);
    consumer.resume();
    await stop();
  });

  test('16, 17: an emptied table is told of as such, and what is inserted after it too', async () => {
    const name = named('emptied');
    const { changesOf, stop } = await following(name, 'id int PRIMARY KEY');
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1)`));
    const changes = await changesOf(() =>
      database.query(`BEGIN; TRUNCATE ${name}; INSERT INTO ${name} VALUES (2); COMMIT`),
    );
    expect(brief(changes)).toEqual(['truncate', 'insert 2']);
    await stop();
  });

  test('23: what a session in replica mode writes is told of', async () => {
    const name = named('replica');
    const { changesOf, stop } = await following(name, 'id int PRIMARY KEY');
    const client = await database.connect();
    await client.query('SET session_replication_role = replica');
    expect(brief(await changesOf(() => client.query(`INSERT INTO ${name} VALUES (1)`)))).toEqual([
      'insert 1',
    ]);
    await stop();
  });

  test('26: a watched column that is renamed, dropped or retyped fails no write; a resync is told instead', async () => {
    const name = named('drift');
    const { changesOf, log, stop } = await following(
      name,
      'id int PRIMARY KEY, body text, n int',
      ['id'],
      ['body', 'n'],
    );
    await changesOf(() => database.query(`INSERT INTO ${name} VALUES (1, 'a', 1)`));
    for (const [alter, write] of [
      [`ALTER TABLE ${name} RENAME COLUMN body TO text`, `UPDATE ${name} SET n = 2`],
      [`ALTER TABLE ${name} RENAME COLUMN text TO body`, `UPDATE ${name} SET n = 3`],
      [`ALTER TABLE ${name} DROP COLUMN n`, `UPDATE ${name} SET body = 'b'`],
    ] as const) {
      await database.query(alter);
      const changes = await changesOf(() => database.query(write));
      if (!alter.includes('TO body')) expect(changes.map(({ operation }) => operation)).toContain('resync');
      else expect(changes).not.toEqual([]);
    }
    expect(log.map(({ message }) => message)).toContain('trigger could not read a row');
    // The function is made anew without what is gone: no reconcile after reconcile.
    await waitFor(
      async () => {
        const changes = await changesOf(() => database.query(`UPDATE ${name} SET body = body || '!'`));
        return changes.length > 0 && changes.every(({ operation }) => operation === 'update');
      },
      { what: 'the function to be made anew' },
    );
    await stop();
  });

  test('29: keys of every kind come as Postgres prints them, whatever the session that writes has set', async () => {
    const name = named('kinds');
    await database.query(`CREATE TYPE ${name}_mood AS ENUM ('so so', 'it''s "fine"')`);
    await database.query(
      `CREATE TABLE "${name} Ünï""x" ("Id" bigint, u uuid, d date, ts timestamptz, f float8, m ${name}_mood, b bytea,
         i interval, a date[], "we'ird" text, PRIMARY KEY ("Id", u))`,
    );
    const columns = ['Id', 'u', 'd', 'ts', 'f', 'm', 'b', 'i', 'a', "we'ird"];
    const required = requirements({
      ...table('x', ['Id', 'u'], columns),
      table: { schema: 'public', name: `${name} Ünï"x` },
    });
    const { changesOf, stop } = await follow(database, required, { schema: `c_${name}`, mode });
    const client = await database.connect();
    await client.query(
      `SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Tokyo'; SET extra_float_digits = -10; SET bytea_output = 'escape';
       SET IntervalStyle = 'iso_8601'`,
    );
    const [change] = await changesOf(() =>
      client.query(
        `INSERT INTO "${name} Ünï""x" VALUES (9007199254740993, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '2026-02-01',
           '2026-02-01 00:00:00+09', 0.1, 'it''s "fine"', '\\x00ff', '1 day 2 hours', '{2026-02-01}', 'a "quoted" \\ ''text''')`,
      ),
    );
    expect(change?.after).toEqual({
      Id: '9007199254740993',
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      d: '2026-02-01',
      ts: '2026-01-31 15:00:00+00',
      f: '0.1',
      m: 'it\'s "fine"',
      b: '\\x00ff',
      i: '1 day 02:00:00',
      a: '{2026-02-01}',
      "we'ird": 'a "quoted" \\ \'text\'',
    });
    await stop();
  });
});

test('28: a table without a key is told of by its links', async () => {
  await database.query('CREATE TABLE keyless (parent int, n int)');
  const { changesOf, stop } = await follow(database, requirements(table('keyless', [], ['parent'], ['n'])), {
    schema: 'c_keyless',
  });
  await changesOf(() => database.query('INSERT INTO keyless VALUES (1, 1), (1, 1)'));
  expect(brief(await changesOf(() => database.query('UPDATE keyless SET n = 2')), 'parent')).toEqual([
    'update 1',
    'update 1',
  ]);
  await stop();
});

test('31: a statement of one row and one of many do not spoil each other in one session', async () => {
  await database.query('CREATE TABLE plans (id int PRIMARY KEY, n int)');
  const { changesOf, stop } = await follow(database, requirements(table('plans', ['id'], ['id'], ['n'])), {
    schema: 'c_plans',
    mode: 'statement',
  });
  await changesOf(() => database.query('INSERT INTO plans SELECT g, 0 FROM generate_series(1, 20000) g'));
  const client = await database.connect();
  await changesOf(() => client.query('UPDATE plans SET n = 1 WHERE id = 1'));
  const started = performance.now();
  await client.query('UPDATE plans SET n = n + 1');
  expect(performance.now() - started).toBeLessThan(5000);
  await stop();
});

test('33, 34: a role without any grant writes, and nothing that its session defines comes in between', async () => {
  await database.query('CREATE TABLE grants (id int PRIMARY KEY, body text)');
  const { changesOf, stop } = await follow(
    database,
    requirements(table('grants', ['id'], ['id'], ['body'])),
    {
      schema: 'c_grants',
    },
  );
  const role = await database.createRole();
  await database.query(
    `GRANT INSERT, UPDATE, SELECT ON grants TO ${role.name}; GRANT CREATE, TEMP ON DATABASE ${database.name} TO ${role.name}`,
  );
  const client = await database.connect(role.url);
  await client.query(`
    CREATE SCHEMA evil; SET search_path = evil, public;
    CREATE FUNCTION evil.jsonb_build_array(text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '["evil"]'::jsonb $$;
    CREATE TEMP TABLE outbox (x int)`);
  const changes = await changesOf(async () => {
    await client.query("INSERT INTO public.grants VALUES (1, 'a')");
    await client.query("UPDATE public.grants SET body = 'b'");
  });
  expect(brief(changes)).toEqual(['insert 1', 'update 1']);
  await stop();
});

test('30: an unchanged value of many kilobytes is not read when a cheap one changed', async () => {
  await database.query('CREATE TABLE toasted (id int PRIMARY KEY, big text, n int)');
  const { changesOf, stop } = await follow(
    database,
    requirements(table('toasted', ['id'], ['id'], ['big', 'n'])),
    {
      schema: 'c_toasted',
    },
  );
  await changesOf(() =>
    database.query(
      `INSERT INTO toasted SELECT g, (SELECT string_agg(md5(g::text || s), '') FROM generate_series(1, 6000) s), 0
       FROM generate_series(1, 40) g`,
    ),
  );
  const client = await database.connect();
  const time = async (statement: string) => {
    const started = performance.now();
    await client.query(statement);
    return performance.now() - started;
  };
  await time('UPDATE toasted SET n = 0');
  const cheap = await time('UPDATE toasted SET n = n + 1');
  const all = await time('UPDATE toasted SET n = n');
  expect(cheap).toBeLessThan(all);
  await stop();
});

function idsIn(changes: readonly Change[]): string[] {
  const ids = changes.flatMap(({ before, after }) => [before?.['id'], after?.['id']]);
  return [...new Set(ids.filter((id) => id !== undefined && id !== null))].sort();
}
