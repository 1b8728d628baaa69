import { describe, expect, test, vi } from 'vitest';
import { pluginContext } from '../conformance/index.ts';
import type { Plugin, PluginContext } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { createPlugin } from './create-plugin.ts';
import type { PreparedPlugin } from './plugin-host.ts';

function context(signal = new AbortController().signal): PluginContext {
  return pluginContext({ signal });
}

function queue() {
  return {
    durable: false,
    publish: async () => {},
    take: async () => null,
    depth: () => ({ batches: 0, changes: 0, bytes: 0 }),
    close: vi.fn<() => Promise<void>>(async () => {}),
  };
}

function prepared(create: Plugin<'queue'>['create']): PreparedPlugin<'queue'> {
  const options: Plugin['options'] = {
    '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) },
  };
  const plugin: Plugin<'queue'> = { api: 1, kind: 'queue', name: 'mine', summary: '', options, create };
  return {
    plugin,
    options: { size: 1 },
    package: 'mine-queue',
    version: '1.2.3',
    origin: 'project',
    root: '/',
  };
}

describe('starting a plugin', () => {
  test('gives its product, made with context and options', async () => {
    const made = queue();
    const create = vi.fn<Plugin<'queue'>['create']>(() => made);
    const given = context();
    expect(await createPlugin(prepared(create), given)).toBe(made);
    expect(create).toHaveBeenCalledWith(given, { size: 1 });
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('no driver');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('no driver'))],
  ])('that %s gives one error that names it', async (_name, create) => {
    await expect(createPlugin(prepared(create), context())).rejects.toMatchObject({
      code: 'SLUICE_PLUGIN_FAILED',
      message: 'The queue plugin `mine` (mine-queue 1.2.3) could not be started: no driver',
      cause: expect.any(TypeError),
    });
  });

  test('keeps what the plugin itself says by a code of the catalogue', async () => {
    const refused = new SluiceError('SLUICE_SINK_REFUSED', 'wrong password');
    await expect(
      createPlugin(
        prepared(() => Promise.reject(refused)),
        context(),
      ),
    ).rejects.toBe(refused);
  });

  test('that takes too long is given up, and closed when it comes after all', async () => {
    const late = queue();
    let resolve: (made: typeof late) => void = () => {};
    const promise = new Promise<typeof late>((done) => {
      resolve = done;
    });
    await expect(
      createPlugin(
        prepared(() => promise),
        context(),
        5,
      ),
    ).rejects.toMatchObject({
      code: 'SLUICE_PLUGIN_FAILED',
      message: 'The queue plugin `mine` (mine-queue 1.2.3) did not start within 0.005 s.',
    });
    resolve(late);
    await vi.waitFor(() => expect(late.close).toHaveBeenCalledOnce());
  });

  test('ends with the run', async () => {
    const controller = new AbortController();
    const starting = createPlugin(
      prepared(() => new Promise(() => {})),
      context(controller.signal),
    );
    controller.abort(new Error('stopped'));
    await expect(starting).rejects.toThrow('stopped');
    await expect(createPlugin(prepared(queue), context(controller.signal))).rejects.toThrow('stopped');
  });

  test('that makes something else is refused, and what it made is closed', async () => {
    const { take: _, durable: __, ...incomplete } = queue();
    const wrong: PreparedPlugin<'queue'> = prepared(queue);
    Object.assign(wrong.plugin, { create: () => incomplete });
    await expect(createPlugin(wrong, context())).rejects.toMatchObject({
      code: 'SLUICE_PLUGIN_INVALID',
      message:
        'The queue plugin `mine` (mine-queue 1.2.3) made something that is no queue: it lacks durable (true or false), take.',
    });
    expect(incomplete.close).toHaveBeenCalledOnce();
  });
});
