// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig, loadLock, readLock, writeLock } from './index.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-lock-'));
  await write(
    'users.schema.yml',
    '# people\ntable: users\nfields:\n  - keyword: name\n  - constant: kind\n    value: { b: 2, a: 1.50 }\nfilters:\n  - { column: id, op: gt, value: 9007199254740993 }\n',
  );
  await write(
    'sluice.yaml',
    'source:\n  connection: ${DATABASE_URL}\nsinks:\n  b: { plugin: stdout }\n  a: { plugin: stdout, token: "${TOKEN}" }\n' +
      'indexes:\n  users: { schema: users.schema.yml }\n',
  );
});

afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(directory, name), text);
const env = { DATABASE_URL: 'postgres://app:hunter22@db/shop', TOKEN: 'topsecret' };

async function lockText(): Promise<string> {
  return writeLock(await loadConfig({ cwd: directory, env, unset: 'keep' }));
}

test('a lock is readable, sorted and keeps references and digits', async () => {
  expect(await lockText()).toMatchInlineSnapshot(`
    "# Made by \`sluice build\` from the configuration and its schemas. Do not edit: build it again.
    sluice_lock: 1
    hash: 11fbb90aec850950
    config:
      indexes:
        users:
          schema: users.schema.yml
      sinks:
        a:
          plugin: stdout
          token: \${TOKEN}
        b:
          plugin: stdout
      source:
        connection: \${DATABASE_URL}
    schemas:
      users.schema.yml:
        hash: 2ee48591b22ba3e3
        content:
          table: users
          fields:
            - keyword: name
            - constant: kind
              value:
                b: 2
                a: 1.5
          filters:
            - column: id
              op: gt
              value: 9007199254740993
    "
  `);
});

test('a lock does not depend on the environment, on comments or on the order of keys', async () => {
  const first = await lockText();
  const unset = writeLock(await loadConfig({ cwd: directory, env: {}, unset: 'keep' }));
  expect(unset).toBe(first);
  expect(first).not.toContain('hunter22');
  await write(
    'sluice.yaml',
    '# moved\nindexes:\n  users: { schema: users.schema.yml }\nsinks:\n  a: { token: "${TOKEN}", plugin: stdout }\n  b: { plugin: stdout }\n' +
      'source: { connection: "${DATABASE_URL}" }\n',
  );
  expect(await lockText()).toBe(first);
});

test('a lock alone gives the same configuration as its files', async () => {
  const config = await loadConfig({ cwd: directory, env });
  const elsewhere = await mkdtemp(join(tmpdir(), 'sluice-lock-'));
  const file = join(elsewhere, 'sluice.lock');
  await writeFile(file, await lockText());
  const locked = await loadLock({ file, cwd: elsewhere, env });
  await rm(elsewhere, { recursive: true });
  expect(locked.source).toEqual(config.source);
  const sorted = (names: readonly string[]) => [...names].sort();
  expect(locked.indexes.map((index) => ({ ...index, sinks: sorted(index.sinks) }))).toEqual(
    config.indexes.map((index) => ({ ...index, sinks: sorted(index.sinks) })),
  );
  expect([...locked.sinks].sort((a, b) => (a.name < b.name ? 1 : -1))).toEqual(config.sinks);
  expect(writeLock(locked)).toBe(await lockText());
  const place = locked.locateIn('users', ['fields', 0, 'keyword']);
  expect(place.file).toBe('sluice.lock');
  expect(locked.texts.get('sluice.lock')?.split('\n')[place.line - 1]).toContain('keyword: name');
});

test('an unset variable is an error with its place in the lock', async () => {
  await write('sluice.lock', await lockText());
  await expect(
    loadLock({ file: join(directory, 'sluice.lock'), cwd: directory, env: { TOKEN: 'x' } }),
  ).rejects.toMatchObject({
    code: 'SLUICE_CONFIG_ENV',
    location: { file: 'sluice.lock' },
    report: expect.stringContaining('connection: ${DATABASE_URL}'),
  });
});

test.each([
  ['changed by hand', (text: string) => text.replace('keyword: name', 'keyword: email')],
  ['cut short', (text: string) => text.slice(0, text.indexOf('schemas:'))],
  ['of another form', (text: string) => text.replace('sluice_lock: 1', 'sluice_lock: 2')],
  ['not a lock', () => 'source: {}\n'],
])('a lock that was %s is refused', async (_name, change) => {
  const text = change(await lockText());
  expect(() => readLock(text, 'sluice.lock')).toThrowError(
    expect.objectContaining({ code: 'SLUICE_LOCK_INVALID' }),
  );
});

test.each([
  ['a password in a URL', 'source: { connection: "postgres://app:hunter22@db/shop" }'],
  ['a password beside a reference', 'source: { connection: "postgres://app:hunter22@${HOST}/shop" }'],
  ['a password as a default', 'source: { connection: { host: db, password: "${PASSWORD:-hunter22}" } }'],
])('%s keeps a lock from being made', async (_name, source) => {
  await write('sluice.yaml', `${source}\nindexes:\n  users: { schema: users.schema.yml }\n`);
  const config = await loadConfig({ cwd: directory, env: {}, unset: 'keep' });
  expect(() => writeLock(config)).toThrowError(
    expect.objectContaining({
      code: 'SLUICE_CONFIG_SECRET',
      report: expect.not.stringContaining('hunter22'),
    }),
  );
});

test('a schema named by the environment is found in the lock, which does not say what the name was', async () => {
  const source = 'source:\n  connection: ${DATABASE_URL}\n';
  await write('sluice.yaml', `${source}indexes:\n  users: { schema: "\${SCHEMAS}.schema.yml" }\n`);
  const set = { ...env, SCHEMAS: 'users' };
  const lock = writeLock(await loadConfig({ cwd: directory, env: set, unset: 'keep' }));
  expect(lock).not.toContain('users.schema.yml');

  await write('sluice.lock', lock);
  const elsewhere = { ...env, SCHEMAS: 'other' };
  const config = await loadLock({ file: join(directory, 'sluice.lock'), cwd: directory, env: elsewhere });
  expect(config.indexes[0]?.schema.table.name).toBe('users');
});
