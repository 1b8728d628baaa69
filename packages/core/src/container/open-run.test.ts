import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PluginPackages, pluginCode, pluginPackages } from '../../test/plugin-packages.ts';
import { type LoadedConfig, loadConfig } from '../config/index.ts';
import type { Logger } from '../contracts/index.ts';
import { createPluginHost, type PluginHost } from '../plugins/index.ts';
import { createRunContainer, openRun, type RunContext, tokens } from './index.ts';

let packages: PluginPackages;
let host: PluginHost;

declare global {
  var sluiceTestLog: string[] | undefined;
}

beforeEach(async () => {
  globalThis.sluiceTestLog = [];
  packages = await pluginPackages();
  host = createPluginHost({ baseDir: packages.directory, sources: [] });
  await packages.write('users.schema.yml', 'table: users\nfields:\n  - keyword: name\n');
  for (const [kind, name] of [
    ['capture', 'wal'],
    ['documents', 'postgres'],
    ['queue', 'memory'],
    ['sink', 'first'],
    ['sink', 'second'],
  ] as const) {
    await packages.add(`node_modules/${name}`, { kind, name });
  }
});

afterEach(() => packages[Symbol.asyncDispose]());

function made(): readonly string[] {
  return globalThis.sluiceTestLog ?? [];
}

async function config(
  sinks = 'a: { plugin: first }\n  b: { plugin: second, required: false }',
): Promise<LoadedConfig> {
  const text = `source:
  connection: { host: db, password: hunter22 }
sinks:
  ${sinks}
indexes:
  users: { schema: users.schema.yml }
prefix: test_
`;
  await packages.write('sluice.yaml', text);
  return loadConfig({ cwd: packages.directory, env: {} });
}

function context(signal = new AbortController().signal) {
  const logger = {
    debug: vi.fn<Logger['debug']>(),
    info: vi.fn<Logger['info']>(),
    warn: vi.fn<Logger['warn']>(),
    error: vi.fn<Logger['error']>(),
  };
  return { logger, signal, stdout: new PassThrough() } satisfies RunContext;
}

describe('opening a run', () => {
  test('makes every part and closes them in reverse', async () => {
    const parts = await openRun(await config(), host, context());
    expect(parts.sinks).toMatchObject([
      { name: 'a', required: true },
      { name: 'b', required: false },
    ]);
    expect(made()).toEqual(['made postgres', 'made first', 'made second', 'made memory', 'made wal']);
    await parts.close();
    await parts.close();
    expect(made().slice(5)).toEqual([
      'closed wal',
      'closed memory',
      'closed second',
      'closed first',
      'closed postgres',
    ]);
  });

  test('makes only what is asked, and closes it at the end of its scope', async () => {
    {
      await using parts = await openRun(await config(), host, context(), ['capture', 'documents']);
      expect(Object.keys(parts)).toEqual(['documents', 'capture', 'close']);
    }
    expect(made()).toEqual(['made postgres', 'made wal', 'closed wal', 'closed postgres']);
  });

  test('gives plugins the connection, the prefix and a logger that keeps secrets', async () => {
    const given = context();
    await using parts = await openRun(await config(), host, given, ['queue']);
    const { context: received } = parts.queue as unknown as {
      context: Record<string, unknown> & { logger: RunContext['logger'] };
    };
    expect(received).toMatchObject({
      connection: { host: 'db', password: 'hunter22' },
      prefix: 'test_',
      baseDir: packages.directory,
      stdout: given.stdout,
    });
    received.logger.error('refused hunter22', {
      error: new Error('hunter22'),
      deep: [{ text: 'hunter22' }],
      n: 1,
    });
    expect(given.logger.error).toHaveBeenCalledWith('refused [redacted]', {
      error: expect.objectContaining({ message: '[redacted]' }),
      deep: [{ text: '[redacted]' }],
      n: 1,
    });
  });
});

describe('a run that cannot be opened', () => {
  test('says all that is wrong with its plugins, in its places, and starts none', async () => {
    const wrong = await config('a: { plugin: frist }\n  b: { plugin: second, size: large, textt: x }');
    const error: unknown = await openRun(wrong, host, context()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'SLUICE_PLUGIN_NOT_FOUND',
      location: { file: 'sluice.yaml', line: 4, column: 16 },
      diagnostics: [
        { code: 'SLUICE_PLUGIN_NOT_FOUND', message: 'There is no sink plugin `frist`.' },
        { code: 'SLUICE_PLUGIN_OPTIONS', message: '`sinks.b.size` must be a number, not `large`.' },
        {
          code: 'SLUICE_PLUGIN_OPTIONS',
          message: '`sinks.b` has no key `textt`.',
          hint: 'Did you mean `text`?',
        },
      ],
      report: expect.stringContaining('> 5 |   b: { plugin: second, size: large, textt: x }'),
    });
    expect(made()).toEqual([]);
  });

  test('closes what was started before the part that failed', async () => {
    const code = pluginCode('capture', 'wal', 'create() { throw new Error("no slot left") },');
    await packages.write('node_modules/wal/index.js', code);
    await expect(openRun(await config(), host, context())).rejects.toMatchObject({
      code: 'SLUICE_PLUGIN_FAILED',
      message: 'The capture plugin `wal` (wal 1.0.0) could not be started: no slot left',
    });
    expect(made().slice(4)).toEqual(['closed memory', 'closed second', 'closed first', 'closed postgres']);
  });
});

describe('closing a run', () => {
  const stuck = (close: string) =>
    pluginCode(
      'sink',
      'second',
      `create() { return { ordering: 'versioned', ensureIndex() {}, write() {}, fingerprint() {}, ${close} }; },`,
    );

  test('closes the rest when one part fails to close', async () => {
    await packages.write('node_modules/second/index.js', stuck('async close() { throw new Error("stuck") }'));
    const parts = await openRun(await config(), host, context(), ['documents', 'sinks']);
    await expect(parts.close()).rejects.toThrow('stuck');
    expect(made()).toContain('closed first');
    expect(made()).toContain('closed postgres');
  });

  test('does not wait for ever', async () => {
    await packages.write('node_modules/second/index.js', stuck('close() { return new Promise(() => {}) }'));
    const container = createRunContainer({ ...context(), config: await config(), host, closeTimeout: 5 });
    await container.get(tokens.sinks);
    await expect(container.dispose()).rejects.toThrow('The sink b did not close within 0.005 s.');
    expect(made()).toContain('closed first');
  });

  test('waits for what is being made, and gives nothing more afterwards', async () => {
    const container = createRunContainer({ ...context(), config: await config(), host });
    const making = container.get(tokens.queue);
    await container.dispose();
    await making;
    expect(made()).toEqual(['made memory', 'closed memory']);
    expect(() => container.get(tokens.capture)).toThrow('a run that is over');
  });

  test('shares nothing with another run', async () => {
    const loaded = await config();
    const [one, two] = [1, 2].map(() => createRunContainer({ ...context(), config: loaded, host }));
    expect(await one?.get(tokens.queue)).not.toBe(await two?.get(tokens.queue));
    await one?.dispose();
    expect(made().filter((line) => line.startsWith('closed'))).toHaveLength(1);
    await two?.dispose();
  });
});
