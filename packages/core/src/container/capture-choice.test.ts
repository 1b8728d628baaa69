// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PluginPackages, pluginCode, pluginPackages } from '../../test/plugin-packages.ts';
import { loadConfig } from '../config/index.ts';
import { createPluginHost } from '../plugins/index.ts';
import { openRun } from './index.ts';

let packages: PluginPackages;

beforeEach(async () => {
  packages = await pluginPackages();
  await packages.write('users.schema.yml', 'table: users\nfields:\n  - keyword: name\n');
  for (const name of ['wal', 'triggers', 'foreign']) {
    await packages.add(`node_modules/${name}`, { kind: 'capture', name });
  }
});
afterEach(() => packages[Symbol.asyncDispose]());

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function open(capture: string, env: Readonly<Record<string, string>> = {}) {
  await packages.write(
    'sluice.yaml',
    `source:\n  connection: postgres://db\n  capture: ${capture}\nindexes:\n  users: { schema: users.schema.yml }\n`,
  );
  const config = await loadConfig({ cwd: packages.directory, env });
  const host = createPluginHost({ baseDir: packages.directory, sources: [] });
  const context = { logger: silent, signal: new AbortController().signal, stdout: new PassThrough() };
  return openRun(config, host, context, ['capture']);
}

/** What the plugins for tests were made with. */
const optionsOf = (capture: unknown) => Reflect.get(Object(capture), 'options');

test('a capture that is named is the only one allowed', async () => {
  await using parts = await open('{ plugin: ./node_modules/foreign, text: x }');
  expect(parts.capture.allowed.map(({ plugin }) => plugin)).toEqual([
    { name: 'foreign', reference: './node_modules/foreign', options: { text: 'x' } },
  ]);
});

test('auto allows the log before triggers, each with its own options', async () => {
  await using parts = await open('{ plugin: auto, triggers: { size: 3 } }');
  expect(parts.capture.allowed.map(({ plugin }) => plugin)).toEqual([
    { name: 'wal', reference: 'wal', options: {} },
    { name: 'triggers', reference: 'triggers', options: { size: 3 } },
  ]);
  expect(parts.capture.allowed.map(({ capture }) => optionsOf(capture))).toMatchObject([{}, { size: 3 }]);
});

test('what is wrong with the options of either is told at its place', async () => {
  await expect(open('{ plugin: auto, wal: { size: large }, triggers: { texxt: a } }')).rejects.toMatchObject({
    diagnostics: [
      {
        code: 'SLUICE_PLUGIN_OPTIONS',
        message: '`source.capture.wal.size` must be a number, not `large`.',
        location: { file: 'sluice.yaml', line: 3, column: 41 },
      },
      { code: 'SLUICE_PLUGIN_OPTIONS', hint: 'Did you mean `text`?' },
    ],
  });
});

test('what may be kept of options has references in place of values, and no secret', async () => {
  await using parts = await open('{ plugin: auto, wal: { text: "${SLOT}" } }', { SLOT: 'mine' });
  const [{ plugin, capture }] = parts.capture.allowed;
  expect(plugin.options).toEqual({ text: '${SLOT}' });
  expect(optionsOf(capture)).toMatchObject({ text: 'mine' });
  await packages.add('node_modules/secretive', {
    kind: 'capture',
    name: 'secretive',
    code: pluginCode('capture', 'secretive').replace("text: 'string'", "text: 'string', password: 'string'"),
  });
  await using secret = await open('{ plugin: secretive, password: hunter22, text: open }');
  expect(secret.capture.allowed[0].plugin.options).toEqual({ text: 'open' });
});

test('an option that says a secret in the open is not kept by half: without it something else would be meant', async () => {
  await packages.add('node_modules/connecting', {
    kind: 'capture',
    name: 'connecting',
    code: pluginCode('capture', 'connecting').replace("text: 'string'", "text: 'string', listen: 'object'"),
  });
  const listen = (password: string) =>
    `{ plugin: connecting, text: open, listen: { host: db, ssl: { key_password: "${password}" } } }`;
  await using open_ = await open(listen('hunter22'));
  expect(open_.capture.allowed[0].plugin.options).toEqual({ text: 'open' });
  await using referred = await open(listen('${KEY}'), { KEY: 'hunter22' });
  expect(referred.capture.allowed[0].plugin.options).toEqual({
    text: 'open',
    listen: { host: 'db', ssl: { key_password: '${KEY}' } },
  });
});

test('what the configuration no longer names is opened again as it was, once', async () => {
  await using parts = await open('wal', { SLOT: 'mine' });
  const former = { name: 'foreign', reference: 'foreign', options: { text: '${SLOT}' } };
  const again = await parts.capture.reopen(former);
  expect(optionsOf(again.capture)).toMatchObject({ text: 'mine' });
  expect(await parts.capture.reopen(former)).toBe(again);
  const [configured] = parts.capture.allowed;
  expect(await parts.capture.reopen(configured.plugin)).toBe(configured);
  // Under other options it may have another slot or schema.
  const otherwise = await parts.capture.reopen({ ...former, name: configured.plugin.name });
  expect(otherwise).not.toBe(configured);
  expect(optionsOf(otherwise.capture)).toMatchObject({ text: 'mine' });
  await expect(parts.capture.reopen({ name: 'gone', reference: 'gone', options: {} })).rejects.toMatchObject({
    code: 'SLUICE_PLUGIN_NOT_FOUND',
  });
});
