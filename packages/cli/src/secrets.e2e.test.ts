import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { leaksOf } from '../../../test/support/leaks.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import '../../../test/support/provided.ts';
import { sluice } from './test-support/spawn-sluice.ts';

/** With signs that mean something to YAML, URLs, JSON and shells. */
const secret = `pä$%w"o\\r'd/?#@:&+=${Math.random().toString(36).slice(2)}`;
const inUrl = encodeURIComponent(secret);

let directory: string;
let database: TestDatabase;
/** A server that says everything that it was told, as some proxies do. */
const echo = createServer((request, response) => {
  response.writeHead(401, { 'content-type': 'application/json' });
  const reason = JSON.stringify(`you said ${JSON.stringify(request.headers)} at ${request.url}`);
  response.end(`{"error":{"type":"security_exception","reason":${reason}},"status":401}`);
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  database = await createDatabase();
  await database.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await writeFile(join(directory, 'users.schema.yml'), 'table: users\nfields:\n  - text: name\n');
  await writeFile(
    join(directory, 'talkative.mjs'),
    `export default { api: 1, kind: 'sink', name: 'talkative', summary: 's',
       options: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } },
       create: (context, options) => {
         context.logger.error('made with ' + options.token, { options, nested: { list: [options.token] } });
         throw new Error('cannot work with ' + JSON.stringify(options), { cause: new Error(options.token) });
       } };\n`,
  );
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  echo.close();
  echo.closeAllConnections();
  await database.drop();
  await rm(directory, { recursive: true });
});

const wrongPassword = () => database.url.replace(/:[^:@/]+@/, `:${inUrl}@`);
const echoUrl = () => `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
const yaml = (value: unknown) => JSON.stringify(value);

interface Case {
  readonly config: () => string;
  readonly env?: () => Record<string, string>;
  readonly command?: readonly string[];
}

const indexes = 'indexes: { users: { schema: users.schema.yml } }\n';
const cases: Record<string, Case> = {
  'a wrong password in a URL': {
    config: () => `source: { connection: ${yaml(wrongPassword())} }\n${indexes}`,
  },
  'a wrong password from the environment': {
    config: () => `source: { connection: "\${DATABASE}" }\n${indexes}`,
    env: () => ({ DATABASE: wrongPassword() }),
  },
  'a wrong PGPASSWORD': {
    config: () => `source: { connection: ${yaml(wrongPassword().replace(/:[^:@/]+@/, '@'))} }\n${indexes}`,
    env: () => ({ PGPASSWORD: secret }),
  },
  'a password beside a database that does not exist': {
    config: () =>
      `source: { connection: ${yaml(database.url.replace(/[^/]*$/, `nothing?password=${inUrl}`))} }\n${indexes}`,
  },
  'a host that does not exist': {
    config: () =>
      `source: { connection: ${yaml(`postgres://app:${inUrl}@no-such-host.invalid/x?connect_timeout=1`)} }\n${indexes}`,
    command: ['check'],
  },
  'a password with signs that should have been encoded': {
    config: () => `source: { connection: ${yaml(`postgres://app:${secret}@127.0.0.1:1/x`)} }\n${indexes}`,
  },
  'a syntax error beside it': {
    config: () => `source:\n  connection: ${yaml(wrongPassword())}\n   capture: wal\n${indexes}`,
  },
  'an unknown key beside it': {
    config: () =>
      `source:\n  connection: { host: h, pasword: ${yaml(secret)}, passwort: ${yaml(secret)} }\n${indexes}`,
  },
  'a lock of it': {
    config: () => `source: { connection: ${yaml(wrongPassword())} }\n${indexes}`,
    command: ['build'],
  },
  'a cluster that refuses, and says what it was told': {
    config: () =>
      `source: { connection: ${yaml(database.url)} }\nsinks: { s: { plugin: opensearch, url: ${yaml(echoUrl())}, username: sluice, password: ${yaml(secret)} } }\n${indexes}`,
  },
  'a token that is refused': {
    config: () =>
      `source: { connection: ${yaml(database.url)} }\nsinks: { s: { plugin: opensearch, url: ${yaml(echoUrl())}, api_key: ${yaml(inUrl)} } }\n${indexes}`,
  },
  'a sink whose TLS fails': {
    config: () =>
      `source: { connection: ${yaml(database.url)} }\nsinks: { s: { plugin: opensearch, url: ${yaml(echoUrl().replace('http://', `https://sluice:${inUrl}@`))} } }\n${indexes}`,
  },
  'a plugin that says its options': {
    config: () =>
      `source: { connection: ${yaml(database.url)} }\nsinks: { s: { plugin: ./talkative.mjs, token: ${yaml(secret)} } }\n${indexes}`,
  },
};

const numbered = Object.entries(cases).map(([name, one], number) => ({
  name,
  ...one,
  json: number % 2 === 1,
}));

test.each(numbered)('no secret comes out with $name', async ({ config, env, command, json }) => {
  await writeFile(join(directory, 'sluice.yaml'), config());
  const args = command ?? ['run', '--once', '--log-level', 'debug'];
  const { exit, stdout, stderr } = await sluice(json ? [...args, '--json'] : args, {
    cwd: directory,
    // As people ask for more: stacks and causes.
    env: { ...env?.(), DEBUG: '*' },
  });
  const said = stdout + stderr;
  expect({ exit, leaks: [...leaksOf(secret, said), ...leaksOf(inUrl, said)] }).toEqual({
    exit: expect.toSatisfy((code) => code !== 0),
    leaks: [],
  });
  expect(said).toMatch(/SLUICE_/);
});

test('a configuration that works is followed without a word about its password', async () => {
  const password = new URL(database.url).password;
  const sink = { plugin: 'opensearch', url: inject('opensearchUrl') };
  await writeFile(
    join(directory, 'sluice.yaml'),
    `prefix: ${yaml(`${database.name.replaceAll('_', '-')}-`)}\nsource: { connection: ${yaml(database.url)} }\nsinks: { s: ${yaml(sink)} }\n${indexes}`,
  );
  for (const args of [['check'], ['run', '--once', '--log-level', 'debug', '--log-format', 'json']]) {
    const { exit, stdout, stderr } = await sluice(args, { cwd: directory, env: { DEBUG: '*' } });
    expect({ exit, leaks: leaksOf(password, stdout + stderr) }).toEqual({ exit: 0, leaks: [] });
  }
});
