// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCatalogue, isSluiceError } from '../errors/index.ts';
import { loadConfig } from './index.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-config-'));
  await writeFile(join(directory, 'users.schema.yml'), 'table: users\nfields:\n  - keyword: name\n');
  await writeFile(
    join(directory, 'broken.schema.yml'),
    'table: users\nfields:\n  - keyword: name\n   text: x\n',
  );
});

afterAll(() => rm(directory, { recursive: true }));

interface WrongConfig {
  readonly name: string;
  readonly yaml: string;
  readonly env: Readonly<Record<string, string>>;
}

const source = 'source:\n  connection: postgres://app@db/shop\n';
const indexes = 'indexes:\n  users:\n    schema: users.schema.yml\n';

const cases: readonly WrongConfig[] = (
  [
    ['an empty file', ''],
    ['only a comment', '# nothing yet\n'],
    ['text instead of a mapping', 'hello\n'],
    ['a list instead of a mapping', '- source\n'],
    ['nothing of what is needed', 'prefix: a_\n'],
    ['broken YAML', 'source:\n  connection: [\nindexes: {}\n'],
    ['a key given twice', `${source}${indexes}prefix: a_\nprefix: b_\n`],
    ['a mistyped key at the top', `souce:\n  connection: postgres://db/shop\n${indexes}`],
    ['a mistyped key of the source', `source:\n  conection: postgres://db/shop\n${indexes}`],
    ['a mistyped key of an index', `${source}${indexes}    on_rejct: stop\n`],
    ['a key with hyphens', `${source}${indexes}    on-reject: stop\n`],
    ['an unknown key that is like none', `${source}${indexes}zebra: 1\n`],
    ['a connection that is a number', `source:\n  connection: 5432\n${indexes}`],
    ['a connection that is empty', `source:\n  connection:\n${indexes}`],
    ['a connection to something else', `source:\n  connection: mysql://app:hunter22@db/shop\n${indexes}`],
    ['a port that is text', `source:\n  connection: { host: db, port: http }\n${indexes}`],
    ['a port out of range', `source:\n  connection:\n    host: db\n    port: 99999\n${indexes}`],
    [
      'a mistyped part of a connection',
      `source:\n  connection:\n    host: db\n    pasword: hunter22\n${indexes}`,
    ],
    ['an unset variable', `source:\n  connection: \${DATABASE_URL}\n${indexes}`],
    [
      'an unset variable with a near one',
      `source:\n  connection: \${DATABASE_URL}\n${indexes}`,
      { DATABASEURL: 'x' },
    ],
    ['a reference that is not closed', `source:\n  connection: postgres://\${HOST/shop\n${indexes}`],
    [
      'a variable that is not a port',
      `source:\n  connection: { host: db, port: "\${PORT}" }\n${indexes}`,
      { PORT: 'abc' },
    ],
    [
      'capture auto with options that stand under no plugin',
      `${source}  capture: { plugin: auto, trigger: {}, poll_interval: 1s, wal: slow }\n${indexes}`,
    ],
    ['a capture without plugin', `${source}  capture: { poll_interval: 200ms }\n${indexes}`],
    ['a capture that is a list', `${source}  capture: [wal]\n${indexes}`],
    ['a sink without plugin', `${source}sinks:\n  search:\n    url: http://es\n${indexes}`],
    ['a sink that is text', `${source}sinks:\n  search: opensearch\n${indexes}`],
    [
      'a sink whose required is text',
      `${source}sinks:\n  search:\n    plugin: opensearch\n    required: sometimes\n${indexes}`,
    ],
    ['a sink with an impossible name', `${source}sinks:\n  "my search":\n    plugin: opensearch\n${indexes}`],
    ['sinks that are empty', `${source}sinks:\n${indexes}`],
    ['no indexes', `${source}indexes: {}\n`],
    ['an index without schema', `${source}indexes:\n  users:\n    enabled: true\n`],
    ['an index that is text', `${source}indexes:\n  users: users.schema.yml\n`],
    ['an index in upper case', `${source}indexes:\n  Users:\n    schema: users.schema.yml\n`],
    ['an index with a slash', `${source}indexes:\n  a/b:\n    schema: users.schema.yml\n`],
    [
      'an index that begins with an underscore',
      `${source}indexes:\n  _users:\n    schema: users.schema.yml\n`,
    ],
    [
      'a name that is too long with its prefix',
      `${source}prefix: ${'p'.repeat(200)}\nindexes:\n  ${'n'.repeat(30)}:\n    schema: users.schema.yml\n`,
    ],
    ['a prefix in upper case', `${source}prefix: Staging_\n${indexes}`],
    ['a prefix that is a number', `${source}prefix: 7\n${indexes}`],
    [
      'an index with an unknown sink',
      `${source}sinks:\n  search: { plugin: opensearch }\n${indexes}    sinks: [serach]\n`,
    ],
    ['an index with sinks where there are none', `${source}${indexes}    sinks: [search]\n`],
    [
      'an index with one sink twice',
      `${source}sinks:\n  search: { plugin: opensearch }\n${indexes}    sinks: [search, search]\n`,
    ],
    ['an index with no sink', `${source}${indexes}    sinks: []\n`],
    ['an unknown policy', `${source}${indexes}    on_reject: skipp\n`],
    ['a hold limit without units', `${source}${indexes}    hold_limit: { bytes: 1000, age: 60 }\n`],
    ['a private server without a token', `${source}${indexes}server: { private: 127.0.0.1:9465 }\n`],
    ['a token for no server', `${source}${indexes}server: { token: abcdefghijklmnopqrst }\n`],
    [
      'a server without a port, and a token that can be guessed',
      `${source}${indexes}server: { public: localhost, private: 127.0.0.1:9465, token: secret }\n`,
    ],
    [
      'a warning that comes after the limit',
      `${source}  limits: { warn_bytes: 2GiB, max_bytes: 1GiB, at_limit: drop }\n${indexes}`,
    ],
    [
      'a number that is too large',
      `${source}queue:\n  plugin: memory\n  max_changes: 99999999999999999999\n${indexes}`,
    ],
    ['a schema file that is not there', `${source}indexes:\n  users:\n    schema: user.schema.yml\n`],
    [
      'a schema file in a directory that is not there',
      `${source}indexes:\n  users:\n    schema: schemas/users.yml\n`,
    ],
    ['a schema that is a directory', `${source}indexes:\n  users:\n    schema: .\n`],
    [
      'a broken schema beside a broken configuration',
      `${source}prefx: a_\nindexes:\n  users:\n    schema: broken.schema.yml\n`,
    ],
  ] as const
).map(([name, yaml, env = {}]) => ({ name, yaml, env }));

test.each(cases.map((wrong) => [wrong.name, wrong] as const))('explains %s', async (_name, { yaml, env }) => {
  await writeFile(join(directory, 'sluice.yaml'), yaml);
  const error: unknown = await loadConfig({ cwd: directory, env }).catch((thrown: unknown) => thrown);
  if (!isSluiceError(error)) throw new Error('The configuration was accepted.', { cause: error });
  expect(error.report ?? error.message).toMatchSnapshot();
  expect(error.report).not.toContain('hunter22');
  expect(errorCatalogue[error.code].exit).toBe(2);
  expect(error.location).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
});
