// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sluice } from './test-support/spawn-sluice.ts';

// These run the compiled command: `npm run build` first. Each starts processes of its own.
vi.setConfig({ testTimeout: 30_000 });

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const files = (named: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(named).map(([name, text]) => writeFile(join(cwd, name), text)));

const goodConfig = `
source:
  connection: \${DATABASE_URL}
sinks:
  search:
    plugin: opensearch
    url: \${OPENSEARCH_URL:-http://localhost:9200}
indexes:
  users:
    schema: users.schema.yml
`;
const goodSchema = `
table: users
fields:
  - text: name
  - keyword: email
`;
const DATABASE_URL = 'postgres://nobody:hidden-word@127.0.0.1:1/nothing';

describe('the command line', () => {
  test('--help lists every command and answers at once', async () => {
    const { exit, stdout, stderr } = await sluice(['--help']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    for (const command of ['build', 'check', 'demo', 'preview', 'provision', 'run', 'schema', 'plugins']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
  });

  test("a command's help names the variable of each flag", async () => {
    const { stdout } = await sluice(['run', '--help']);
    for (const variable of ['SLUICE_ONCE', 'SLUICE_LOCK', 'SLUICE_CONFIG', 'SLUICE_JSON']) {
      expect(stdout).toContain(`[env: ${variable}]`);
    }
  });

  test('a mistyped command is a usage error that names the nearest', async () => {
    const { exit, stderr } = await sluice(['chekc']);
    expect(exit).toBe(2);
    expect(stderr).toBe(
      'error: "chekc" is not a command of sluice.\n  Did you mean "sluice check"?\n  SLUICE_USAGE\n',
    );
  });

  test('a mistyped flag is a usage error, in the envelope where JSON was asked for', async () => {
    const { exit, stdout, stderr } = await sluice(['check', '--offlin', '--json']);
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'SLUICE_USAGE' } });
  });

  test('a variable that is neither true nor false is a usage error', async () => {
    const { exit, stderr } = await sluice(['run'], { cwd, env: { SLUICE_ONCE: 'maybe' } });
    expect(exit).toBe(2);
    expect(stderr).toContain('The variable SLUICE_ONCE is neither true nor false.');
  });

  test('an argument of a command that takes none is told so', async () => {
    const { exit, stderr } = await sluice(['run', 'users'], { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain('`sluice run` takes no arguments.');
  });

  test('a value that a flag does not take is told with the flag', async () => {
    const { exit, stderr } = await sluice(['wait', '--now', '--timeout', '5'], { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain('error: --timeout: "5" is not a duration.');
    expect(stderr).not.toContain('Parsing');
  });

  test('--version says which', async () => {
    const { exit, stdout } = await sluice(['--version']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^@sluice\/cli\/\d+\.\d+\.\d+ /);
  });
});

describe('check --offline', () => {
  test('prints the document of each index and asks no server', async () => {
    await files({ 'sluice.yaml': goodConfig, 'users.schema.yml': goodSchema });
    const { exit, stdout } = await sluice(['check', '--offline'], { cwd, env: { DATABASE_URL } });
    expect(exit).toBe(0);
    expect(stdout).toContain('users  public.users, users.schema.yml\n  name: text\n  email: keyword\n');
  });

  test('gives document and mapping as data', async () => {
    await files({ 'sluice.yaml': goodConfig, 'users.schema.yml': goodSchema });
    const { stdout } = await sluice(['check', '--offline', '--json'], { cwd, env: { DATABASE_URL } });
    const { ok, data } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(data.indexes).toMatchObject([
      {
        index: 'users',
        document: { name: 'text', email: 'keyword' },
        mapping: { search: { mappings: { properties: { email: { type: 'keyword' } } } } },
      },
    ]);
  });

  test('needs no variable to be set', async () => {
    await files({ 'sluice.yaml': goodConfig, 'users.schema.yml': goodSchema });
    const { exit } = await sluice(['check', '--offline'], { cwd });
    expect(exit).toBe(0);
  });

  test('tells every mistake of every file with its place, and exits with 2', async () => {
    await files({
      'sluice.yaml': goodConfig.replace('connection:', 'conection:'),
      'users.schema.yml': goodSchema.replace('- text:', '- txt:'),
    });
    const { exit, stderr } = await sluice(['check', '--offline'], { cwd, env: { DATABASE_URL } });
    expect(exit).toBe(2);
    expect(stderr).toContain('sluice.yaml:3:3');
    expect(stderr).toContain('connection');
    expect(stderr).toContain('users.schema.yml:4:');
  });

  test('gives the same mistakes in the envelope', async () => {
    await files({
      'sluice.yaml': goodConfig.replace('connection:', 'conection:'),
      'users.schema.yml': goodSchema.replace('- text:', '- txt:'),
    });
    const { exit, stdout, stderr } = await sluice(['check', '--offline', '--json'], {
      cwd,
      env: { DATABASE_URL },
    });
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: '' });
    const { ok, error } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ location: { file: 'sluice.yaml' } });
    const places = error.errors.map(({ location }: { location: { file: string } }) => location.file);
    expect(places).toContain('sluice.yaml');
    expect(places).toContain('users.schema.yml');
  });

  test('a plugin that is not there is told with the nearest name', async () => {
    await files({
      'sluice.yaml': goodConfig.replace('plugin: opensearch', 'plugin: opensaerch'),
      'users.schema.yml': goodSchema,
    });
    const { exit, stderr } = await sluice(['check', '--offline'], { cwd, env: { DATABASE_URL } });
    expect(exit).toBe(2);
    expect(stderr).toContain('SLUICE_PLUGIN_NOT_FOUND');
    expect(stderr).toContain('opensearch');
  });
});

describe('without a configuration', () => {
  test('the error says where was looked', async () => {
    const { exit, stderr } = await sluice(['check'], { cwd });
    expect(exit).toBe(2);
    expect(stderr).toContain('SLUICE_CONFIG_NOT_FOUND');
    expect(stderr).toContain('sluice.yaml');
  });
});

describe('secrets', () => {
  test('do not appear when the source cannot be reached', async () => {
    await files({ 'sluice.yaml': goodConfig, 'users.schema.yml': goodSchema });
    const { exit, stdout, stderr } = await sluice(['check'], { cwd, env: { DATABASE_URL, DEBUG: '1' } });
    expect(exit).toBe(3);
    expect(stderr).toContain('SLUICE_SOURCE_UNAVAILABLE');
    expect(stdout + stderr).not.toContain('hidden-word');
  });
});

describe('build', () => {
  test('writes a lock that keeps references to the environment', async () => {
    await files({ 'sluice.yaml': goodConfig, 'users.schema.yml': goodSchema });
    const { exit, stdout } = await sluice(['build', '--json'], { cwd });
    expect(exit).toBe(0);
    const { data } = JSON.parse(stdout);
    const lock = await readFile(data.file, 'utf8');
    expect(lock).toContain('${DATABASE_URL}');
    expect(data.indexes).toEqual(['users']);
  });
});

describe('plugins', () => {
  const plugin = {
    'package.json': JSON.stringify({
      name: 'sluice-sink-mine',
      version: '1.2.3',
      type: 'module',
      oclif: {},
      sluice: { api: 1, kind: 'sink', name: 'mine', entry: './index.js' },
    }),
    'index.js': 'export default {}',
  };
  const listed = async () => {
    const { stdout } = await sluice(['plugins', 'list', '--json'], { cwd, env: { HOME: cwd } });
    const { data } = JSON.parse(stdout);
    return new Map(data.map((one: { package: string }) => [one.package, one]));
  };

  test('lists what is bundled, with kind, level and origin', async () => {
    const { exit, stdout } = await sluice(['plugins'], { cwd, env: { HOME: cwd } });
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^sink +opensearch +1 +@sluice\/plugin-sink-opensearch \S+ +bundled$/m);
  });

  test('a linked one is found until it is uninstalled', async () => {
    await files(plugin);
    const link = await sluice(['plugins', 'link', cwd, '--json'], { cwd, env: { HOME: cwd } });
    expect(JSON.parse(link.stdout)).toMatchObject({
      ok: true,
      data: { action: 'linked', package: 'sluice-sink-mine', root: cwd, warnings: [] },
    });
    expect((await listed()).get('sluice-sink-mine')).toMatchObject({
      origin: 'linked',
      name: 'mine',
      api: 1,
    });
    await sluice(['plugins', 'uninstall', 'sluice-sink-mine'], { cwd, env: { HOME: cwd } });
    expect((await listed()).has('sluice-sink-mine')).toBe(false);
  });

  test('a folder that is not there is an error in the envelope', async () => {
    const { exit, stdout } = await sluice(['plugins', 'link', join(cwd, 'nothing'), '--json'], {
      cwd,
      env: { HOME: cwd },
    });
    expect(exit).not.toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/^SLUICE_/) },
    });
  });
});
