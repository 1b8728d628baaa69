import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../../../../test/support/package-registry.ts';
import {
  type PluginPackage,
  type PluginPackages,
  pluginCode,
  pluginPackages,
} from '../../../core/test/plugin-packages.ts';
import { sluice } from '../test-support/spawn-sluice.ts';

// The compiled command, npm as it is, and a registry on this machine: nothing is asked of the network.
vi.setConfig({ testTimeout: 120_000 });

const run = promisify(execFile);
let packages: PluginPackages;
let registry: PackageRegistry;

beforeEach(async () => {
  [packages, registry] = await Promise.all([pluginPackages(), startPackageRegistry()]);
  await packages.write('app/users.schema.yml', 'table: users\nfields:\n  - text: name\n');
});
afterEach(async () => {
  await Promise.all([packages[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
});

interface Outcome {
  readonly exit: number | null;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/** `sluice plugins …`, as JSON, with the paths of this test cut short. */
async function plugins(...args: readonly string[]): Promise<Outcome> {
  const { exit, stdout, stderr } = await sluice(['plugins', ...args, '--json'], {
    cwd: join(packages.directory, 'app'),
    env: {
      SLUICE_DATA_DIR: join(packages.directory, 'data'),
      npm_config_registry: registry.url,
      npm_config_cache: join(packages.directory, 'npm-cache'),
      npm_config_fetch_retries: '0',
      npm_config_update_notifier: 'false',
    },
  });
  if (stdout === '') throw new Error(`It printed nothing: ${stderr}`);
  const { data, error } = JSON.parse(stdout.replaceAll(packages.directory, '')) as Omit<Outcome, 'exit'>;
  return { exit, ...(data === undefined ? {} : { data }), ...(error === undefined ? {} : { error }) };
}

/** Packs a plugin as npm does, and gives the path of its tarball. */
async function pack(name: string, description: PluginPackage = {}, extra: object = {}): Promise<string> {
  const { version = '1.0.0' } = description;
  const place = `source/${name}-${version}`;
  await packages.add(`${place}/package`, { package: name, ...description });
  await amend(`${place}/package/package.json`, extra);
  const tarball = join(packages.directory, 'source', `${name.replace('/', '-')}-${version}.tgz`);
  await run('tar', ['-czf', tarball, '-C', join(packages.directory, place), 'package']);
  return tarball;
}

async function amend(file: string, extra: object): Promise<void> {
  const path = join(packages.directory, file);
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...extra }));
}

/** The plugins that are not bundled, as `plugins list` shows them. */
async function added(): Promise<readonly object[]> {
  const { data } = await plugins('list');
  return (data as { origin: string }[]).filter(({ origin }) => origin !== 'bundled');
}

const trees = () => readdir(join(packages.directory, 'data/plugins/trees')).catch(() => []);

describe('plugins install', () => {
  test('takes a package of the registry, pinned or not, and what it depends on', async () => {
    await registry.publish(await pack('kafka-driver', { manifest: null, version: '3.2.0' }));
    const extra = { dependencies: { 'kafka-driver': '^3.0.0' } };
    for (const version of ['1.4.2', '1.5.0'])
      await registry.publish(await pack('@acme/sluice-kafka', { name: 'kafka', version }, extra));

    expect(await plugins('install', '@acme/sluice-kafka@1.4.2')).toEqual({
      exit: 0,
      data: {
        action: 'installed',
        kind: 'sink',
        name: 'kafka',
        package: '@acme/sluice-kafka',
        version: '1.4.2',
        from: '@acme/sluice-kafka@1.4.2',
        root: expect.stringMatching(/^\/data\/plugins\/trees\/[^/]+\/node_modules\/@acme\/sluice-kafka$/),
        replaced: null,
        warnings: [],
      },
    });
    expect(await added()).toMatchObject([
      { kind: 'sink', name: 'kafka', api: 1, version: '1.4.2', origin: 'installed', problem: null },
    ]);
    expect(await plugins('install', '@acme/sluice-kafka')).toMatchObject({
      data: { version: '1.5.0', replaced: '1.4.2' },
    });
    expect(await added()).toMatchObject([{ version: '1.5.0', from: '@acme/sluice-kafka' }]);
    const [tree = '', ...others] = await trees();
    expect(others).toEqual([]);
    const modules = join(packages.directory, 'data/plugins/trees', tree, 'node_modules');
    expect(await readdir(modules)).toEqual(expect.arrayContaining(['@acme', 'kafka-driver']));
  });

  test('takes a tarball, by path or as file:, and does not need it any more', async () => {
    const tarball = await pack('sluice-kafka', { name: 'kafka' });
    expect(await plugins('install', tarball)).toMatchObject({ exit: 0, data: { name: 'kafka' } });
    expect(await plugins('install', `file:${tarball}`)).toMatchObject({
      exit: 0,
      data: { replaced: '1.0.0' },
    });
    await rm(tarball);
    expect(
      await plugins('install', await pack('sluice-nats', { name: 'nats', kind: 'queue' })),
    ).toMatchObject({
      exit: 0,
    });
    expect(await added()).toMatchObject([
      { kind: 'queue', name: 'nats' },
      { kind: 'sink', name: 'kafka', from: '/source/sluice-kafka-1.0.0.tgz' },
    ]);
  });

  test('takes a folder as it is now, with what it depends on', async () => {
    await registry.publish(await pack('kafka-driver', { manifest: null }));
    const code = 'import "kafka-driver"; export { default } from "./plugin.js";';
    const root = await packages.add('app/mine', { package: 'mine', code });
    await amend('app/mine/package.json', { dependencies: { 'kafka-driver': '^1.0.0' } });
    await packages.write('app/mine/plugin.js', pluginCode('sink', 'mine'));
    expect(await plugins('install', './mine')).toMatchObject({ exit: 0, data: { from: '/app/mine' } });
    await rm(root, { recursive: true });
    expect(await added()).toMatchObject([{ name: 'mine', origin: 'installed', problem: null }]);
  });

  test('is seen by the next run, with no further step', async () => {
    await plugins('install', await pack('sluice-kafka', { name: 'kafka' }));
    const config = `source: { connection: 'postgres://nobody@127.0.0.1:1/nothing' }
sinks: { mine: { plugin: kafka, size: 5 } }
indexes: { users: { schema: users.schema.yml } }\n`;
    await packages.write('app/sluice.yaml', config);
    const check = () =>
      sluice(['check', '--offline'], {
        cwd: join(packages.directory, 'app'),
        env: { SLUICE_DATA_DIR: join(packages.directory, 'data') },
      });
    expect(await check()).toMatchObject({ exit: 0, stderr: '' });
    await plugins('uninstall', 'kafka');
    expect((await check()).stderr).toContain('SLUICE_PLUGIN_NOT_FOUND');
  });

  test.each([
    ['is no plugin', { manifest: null }, 'it is no plugin for Sluice; its package.json has no `sluice` key'],
    ['is for another level', { manifest: { api: 2 } }, 'it is made for level 2 of the plugin contracts'],
    ['fails at import', { code: 'throw new Error("no driver")' }, 'it fails while it is imported: no driver'],
    ['was packed without its entry', { manifest: { entry: './dist/index.js' } }, 'does not exist'],
  ])('leaves everything as it was when the package %s', async (_name, description, message) => {
    await plugins('install', await pack('sluice-kafka', { name: 'kafka' }));
    const before = await trees();
    const broken = await pack('sluice-kafka', { name: 'kafka', version: '2.0.0', ...description });
    expect(await plugins('install', broken)).toMatchObject({
      exit: 2,
      error: { code: 'SLUICE_PLUGIN_INVALID', message: expect.stringContaining(message) },
    });
    expect(await added()).toMatchObject([{ package: 'sluice-kafka', version: '1.0.0', problem: null }]);
    expect(await trees()).toEqual(before);
  });

  test('keeps the version that works when a later one is not to be had', async () => {
    await registry.publish(await pack('sluice-kafka', { name: 'kafka' }));
    await plugins('install', 'sluice-kafka');
    expect(await plugins('install', 'sluice-kafka@9.9.9')).toMatchObject({
      exit: 2,
      error: {
        code: 'SLUICE_PLUGIN_NOT_FOUND',
        message: 'The registry has no version `sluice-kafka@9.9.9`.',
      },
    });
    await registry[Symbol.asyncDispose]();
    expect(await plugins('install', 'sluice-other')).toMatchObject({
      exit: 3,
      error: {
        code: 'SLUICE_PLUGIN_NOT_INSTALLED',
        message: expect.stringMatching(/^npm could not install sluice-other: .*ECONNREFUSED/),
        hint: expect.stringContaining('Is the registry reachable?'),
      },
    });
    expect(await added()).toMatchObject([{ package: 'sluice-kafka', version: '1.0.0' }]);
    expect(await trees()).toHaveLength(1);
  });

  test('says what is missing: the package, what it needs, the file, or a proper name', async () => {
    await registry.publish(
      await pack('sluice-needy', { name: 'needy' }, { dependencies: { 'no-such-driver': '1.0.0' } }),
    );
    expect(await plugins('install', 'sluice-kafca')).toMatchObject({
      exit: 2,
      error: { code: 'SLUICE_PLUGIN_NOT_FOUND', message: 'The registry has no package `sluice-kafca`.' },
    });
    expect(await plugins('install', 'sluice-needy')).toMatchObject({
      exit: 3,
      error: {
        code: 'SLUICE_PLUGIN_NOT_INSTALLED',
        hint: "Nothing was changed. It needs no-such-driver, which the registry does not have: tell the plugin's author.",
      },
    });
    expect(await plugins('install', './gone.tgz')).toMatchObject({
      exit: 2,
      error: { message: 'There is no tarball or folder /app/gone.tgz.' },
    });
    expect(await plugins('install', 'acme/kafka')).toMatchObject({
      exit: 2,
      error: { code: 'SLUICE_USAGE', message: '`acme/kafka` is no name of a package.' },
    });
    expect(await trees()).toEqual([]);
  });

  test('warns where a configuration would not get it by its short name, or not this copy', async () => {
    await plugins('install', await pack('sluice-kafka', { name: 'kafka' }));
    expect(await plugins('install', await pack('other-kafka', { name: 'kafka' }))).toMatchObject({
      exit: 0,
      data: { warnings: ['its short name is also that of sluice-kafka: name it `other-kafka`'] },
    });
    const near = await packages.add('app/node_modules/sluice-nats', { name: 'nats' });
    expect(await plugins('install', await pack('sluice-nats', { name: 'nats' }))).toMatchObject({
      exit: 0,
      data: {
        warnings: [
          expect.stringContaining(`the project copy in ${near.replace(packages.directory, '')} is nearer`),
        ],
      },
    });
  });
});

describe('plugins link and uninstall', () => {
  test('a linked folder stands before the installed copy, as it is there now, until it is unlinked', async () => {
    await plugins('install', await pack('sluice-kafka', { name: 'kafka' }));
    const root = await packages.add('elsewhere', {
      package: 'sluice-kafka',
      name: 'kafka',
      version: '2.0.0',
    });
    expect(await plugins('link', '../elsewhere')).toMatchObject({
      exit: 0,
      data: {
        action: 'linked',
        kind: 'sink',
        name: 'kafka',
        version: '2.0.0',
        root: '/elsewhere',
        warnings: [],
      },
    });
    expect(await added()).toMatchObject([{ origin: 'linked', version: '2.0.0', from: '/elsewhere' }]);
    await rm(join(root, 'index.js'));
    expect(await added()).toMatchObject([{ problem: 'its entry ./index.js does not exist' }]);
    expect(await plugins('uninstall', 'kafka')).toMatchObject({
      data: { action: 'unlinked', package: 'sluice-kafka', remaining: '1.0.0' },
    });
    expect(await added()).toMatchObject([{ origin: 'installed', version: '1.0.0' }]);
    expect(await plugins('uninstall', 'sluice-kafka')).toMatchObject({ data: { action: 'uninstalled' } });
    expect(await added()).toEqual([]);
    expect(await trees()).toEqual([]);
    expect(await readdir(root)).toEqual(['package.json']);
  });

  test('a folder without a plugin is not linked, and an unknown name not uninstalled', async () => {
    await packages.add('app/plain', { manifest: null });
    expect(await plugins('link', './plain')).toMatchObject({
      exit: 2,
      error: {
        code: 'SLUICE_PLUGIN_INVALID',
        message: '/app/plain was not linked: no package.json with a `sluice` key is in it.',
      },
    });
    await packages.add('app/evil', { package: '../../evil' });
    expect(await plugins('link', './evil')).toMatchObject({
      exit: 2,
      error: { message: '/app/evil was not linked: its package.json has no usable `name`.' },
    });
    await packages.add('app/mine', { package: 'sluice-kafka', name: 'kafka' });
    await plugins('link', './mine');
    expect(await plugins('uninstall', 'kafak')).toMatchObject({
      exit: 2,
      error: {
        code: 'SLUICE_PLUGIN_NOT_FOUND',
        hint: expect.stringContaining('Did you mean `kafka`?'),
      },
    });
  });
});
