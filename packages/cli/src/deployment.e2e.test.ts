// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSearch, type TestSearch } from '../../../test/support/opensearch.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { sluice, spawnSluice } from './test-support/spawn-sluice.ts';

const users = `
table: users
fields:
  - integer: id
  - text: name
  - has_many: orders
    table: orders
    foreign_key: user_id
    fields:
      - keyword: status
`;

let cwd = '';
let database: TestDatabase;
let search: TestSearch;
let env: Record<string, string> = {};

beforeEach(async () => {
  [database, cwd] = await Promise.all([createDatabase(), mkdtemp(join(tmpdir(), 'sluice-e2e-'))]);
  search = createSearch();
  env = { DATABASE_URL: database.url, OPENSEARCH_URL: search.url };
  await database.query(`
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users, status text NOT NULL);
    CREATE INDEX ON orders (user_id);
    INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 50) AS n;
    INSERT INTO orders SELECT n, n, 'new' FROM generate_series(1, 50) AS n;
  `);
  await writeFile(join(cwd, 'users.schema.yml'), users);
  await writeFile(
    join(cwd, 'sluice.yaml'),
    `
source:
  connection: \${DATABASE_URL}
sinks:
  search: { plugin: opensearch, url: '\${OPENSEARCH_URL}' }
indexes:
  users: { schema: users.schema.yml }
prefix: ${search.prefix}
`,
  );
});
afterEach(async () => {
  await Promise.all([database.drop(), search.drop(), rm(cwd, { recursive: true, force: true })]);
});

async function held(id: string): Promise<unknown> {
  const { body } = await search.client.get({ index: `${search.prefix}users`, id });
  return body._source;
}

/** The same tables somewhere else. */
async function otherDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  const other = await createDatabase();
  await other.query(`
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users, status text NOT NULL);
    CREATE INDEX ON orders (user_id);
  `);
  return { url: other.url, [Symbol.asyncDispose]: () => other.drop() };
}

const slots = () =>
  database.query('SELECT slot_name FROM pg_replication_slots WHERE database = current_database()');

describe('run --once', () => {
  test('fills the index, takes the capture away again, and says what it did', async () => {
    const { exit, stdout } = await sluice(['run', '--once', '--json'], { cwd, env });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, data: { outcome: 'complete', written: 50 } });
    expect(await held('7')).toEqual({ id: 7, name: 'user 7', orders: [{ status: 'new' }] });
    expect(await slots()).toEqual([]);
  });

  test('with --keep-capture, the next run sends only what changed', async () => {
    await sluice(['run', '--once', '--keep-capture'], { cwd, env });
    expect(await slots()).toHaveLength(1);
    await database.query("UPDATE orders SET status = 'paid' WHERE id = 7");
    const { stdout } = await sluice(['run', '--once', '--keep-capture', '--json'], { cwd, env });
    expect(JSON.parse(stdout)).toMatchObject({ data: { outcome: 'complete', written: 1 } });
    expect(await held('7')).toEqual({ id: 7, name: 'user 7', orders: [{ status: 'paid' }] });
  });
});

describe('run', () => {
  test('follows changes until SIGTERM, and leaves with 143', async () => {
    const running = spawnSluice(['run'], { cwd, env });
    await running.sees(/phase=live/);
    await database.query("UPDATE users SET name = 'Ada' WHERE id = 7");
    await waitFor(async () => JSON.stringify(await held('7')).includes('Ada'), {
      what: 'the document to follow its row',
    });
    running.child.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ exit: 143, stdout: '' });
  });

  test('writes one logfmt line per event to stderr where there is no terminal', async () => {
    const { stderr } = await sluice(['run', '--once'], { cwd, env });
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^time=\S+ level=\w+ msg=/);
  });

  test('--locked runs what build wrote, whatever became of the files since', async () => {
    await sluice(['build'], { cwd, env });
    await writeFile(join(cwd, 'users.schema.yml'), 'broken');
    const { exit } = await sluice(['run', '--once', '--locked'], { cwd, env });
    expect(exit).toBe(0);
    expect(await held('1')).toMatchObject({ name: 'user 1' });
  });
});

describe('provision', () => {
  test('--print as a role that may not prints the SQL, changes nothing, and exits with 3', async () => {
    const role = await database.createRole();
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role.name}`);
    const { exit, stdout, stderr } = await sluice(['provision', '--print'], {
      cwd,
      env: { ...env, DATABASE_URL: role.url },
    });
    expect(exit).toBe(3);
    expect(stdout).toMatch(/CREATE PUBLICATION/);
    expect(stderr).toContain('SLUICE_CAPTURE_NOT_PROVISIONED');
    expect(await database.query('SELECT pubname FROM pg_publication')).toEqual([]);
  });

  test('--remove leaves nothing behind', async () => {
    const identities = () =>
      database.query(
        "SELECT relname, relreplident FROM pg_class WHERE relname IN ('users', 'orders') ORDER BY 1",
      );
    const before = await identities();
    expect(await sluice(['provision'], { cwd, env })).toMatchObject({ exit: 0 });
    expect(await slots()).toHaveLength(1);
    expect(await sluice(['provision', '--remove'], { cwd, env })).toMatchObject({ exit: 0 });
    expect(await slots()).toEqual([]);
    expect(await database.query('SELECT pubname FROM pg_publication')).toEqual([]);
    expect(await identities()).toEqual(before);
  });
});

describe('check', () => {
  test('is content with a deployment that can run, and says what run will make', async () => {
    const { exit, stdout } = await sluice(['check'], { cwd, env });
    expect(exit).toBe(0);
    expect(stdout).toContain('Sink search is ready.');
    expect(stdout).toContain('`sluice run` will');
  });

  test('gives a role that may not the SQL in the order of the plan: identities before what publishes them', async () => {
    await database.query('ALTER TABLE orders ALTER COLUMN user_id SET NOT NULL');
    const role = await database.createRole();
    await database.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role.name}`);
    const weak = { ...env, DATABASE_URL: role.url };
    for (const command of ['check', 'provision']) {
      const { exit, stderr } = await sluice([command], { cwd, env: weak });
      expect(exit).toBe(3);
      expect(stderr).toMatch(/\n {2}- /);
      const identity = stderr.lastIndexOf('REPLICA IDENTITY');
      const published = stderr.search(/ALTER PUBLICATION .* ADD TABLE/);
      expect(identity).toBeGreaterThan(0);
      expect(published).toBeGreaterThan(identity);
    }
  });

  test('tells of a missing SELECT with one statement for all tables', async () => {
    const role = await database.createRole();
    const { exit, stderr } = await sluice(['check'], { cwd, env: { ...env, DATABASE_URL: role.url } });
    expect(exit).toBe(3);
    expect(stderr).toContain(`GRANT SELECT ON "public"."users", "public"."orders" TO "${role.name}";`);
    expect(stderr).toContain('SLUICE_CAPTURE_NOT_PROVISIONED');
    expect(stderr).not.toContain('CREATE PUBLICATION');
    expect(stderr).not.toContain('pg_create_logical_replication_slot');
  });

  test('refuses where run would: an index that stands under the name of the alias', async () => {
    await search.client.indices.create({ index: `${search.prefix}users` });
    const { exit, stdout, stderr } = await sluice(['check'], { cwd, env });
    expect(exit).toBe(3);
    expect(stderr).toContain(`Sink "search": There is an index named ${search.prefix}users`);
    expect(stdout).not.toContain('is ready');
  });

  test('refuses where run would: an index that was filled from another database', async () => {
    expect(await sluice(['run', '--once'], { cwd, env })).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(/msg=done outcome=complete written=50/),
    });
    await using other = await otherDatabase();
    const { exit, stderr } = await sluice(['check'], { cwd, env: { ...env, DATABASE_URL: other.url } });
    expect(exit).toBe(3);
    expect(stderr).toContain('SLUICE_SOURCE_IDENTITY');
    expect((await sluice(['check'], { cwd, env })).exit).toBe(0);
  });

  test('exits with 2 where a schema does not fit its table, and shows the place', async () => {
    await writeFile(join(cwd, 'users.schema.yml'), users.replace('text: name', 'text: nmae'));
    const { exit, stderr } = await sluice(['check'], { cwd, env });
    expect(exit).toBe(2);
    expect(stderr).toContain('users.schema.yml:5:');
    expect(stderr).toContain('SLUICE_SCHEMA_COLUMN');
    expect(stderr).toContain('Did you mean "name"?');
  });

  test('exits with 3 where a sink does not answer', async () => {
    const { exit, stderr } = await sluice(['check'], {
      cwd,
      env: { ...env, OPENSEARCH_URL: 'http://127.0.0.1:1' },
    });
    expect(exit).toBe(3);
    expect(stderr).toContain('SLUICE_SINK_UNAVAILABLE');
  });
});

describe('preview', () => {
  test('shows the document of one row and touches no sink', async () => {
    const { exit, stdout } = await sluice(['preview', 'users', '7'], { cwd, env });
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ id: 7, name: 'user 7', orders: [{ status: 'new' }] });
    const { body } = await search.client.cat.indices({ format: 'json', expand_wildcards: 'all' });
    expect(body.filter(({ index }) => index?.startsWith(search.prefix))).toEqual([]);
  });

  test('says which part of a key cannot be one', async () => {
    const { exit, stderr } = await sluice(['preview', 'users', 'abc'], { cwd, env });
    expect(exit).toBe(2);
    expect(stderr).toContain('the key `id` is an integer');
    const tooLarge = await sluice(['preview', 'users', '99999999999'], { cwd, env });
    expect(tooLarge.exit).toBe(2);
    expect(tooLarge.stderr).toContain('the key `id` is an integer');
  });

  test('shows SQL and plan as data', async () => {
    const { stdout } = await sluice(['preview', 'users', '7', '--sql', '--explain', '--json'], { cwd, env });
    const { data } = JSON.parse(stdout);
    expect(data).toMatchObject({ index: 'users', id: '7', document: { name: 'user 7' } });
    expect(data.sql).toContain('SELECT');
    expect(data.plan.join('\n')).toContain('users_pkey');
  });
});
