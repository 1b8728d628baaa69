import type { PluginContext, PluginKind, PluginProducts } from '../contracts/index.ts';
import { isSluiceError, SluiceError } from '../errors/index.ts';
import { pluginDeadline, withDeadline } from './deadline.ts';
import type { PreparedPlugin } from './plugin-host.ts';
import { missingMembers } from './product-shape.ts';

/**
 * Starts a plugin with its options. What comes too late is closed.
 *
 * @param timeout In ms. A plugin opens connections; it does not wait for servers.
 * @throws what the plugin says by a SluiceError; otherwise SLUICE_PLUGIN_FAILED, which names the
 * plugin, where it throws or does not come in time; SLUICE_PLUGIN_INVALID where it makes something
 * else; the reason of `context.signal` when that aborts.
 */
export async function createPlugin<Kind extends PluginKind>(
  { plugin, options, package: packageName, version }: PreparedPlugin<Kind>,
  context: PluginContext,
  timeout: number = pluginDeadline,
): Promise<PluginProducts[Kind]> {
  const name = `The ${plugin.kind} plugin \`${plugin.name}\` (${`${packageName} ${version}`.trim()})`;
  const { signal } = context;
  signal.throwIfAborted();

  const starting = Promise.resolve().then(() => plugin.create(context, options));
  const late = () =>
    new SluiceError('SLUICE_PLUGIN_FAILED', `${name} did not start within ${timeout / 1000} s.`, {
      hint: 'A plugin must open what it needs and return; it must not wait for a server.',
    });
  const product = await withDeadline(starting, timeout, late, signal).catch((error: unknown) => {
    starting.then(closeLate, () => undefined);
    if (isSluiceError(error) || signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError('SLUICE_PLUGIN_FAILED', `${name} could not be started: ${message}`, {
      hint: 'This is what the plugin itself says. Its documentation knows more; DEBUG=1 shows where it failed.',
      cause: error,
    });
  });

  const missing = missingMembers(plugin.kind, product);
  if (missing.length === 0) return product;
  await closeLate(product);
  throw new SluiceError(
    'SLUICE_PLUGIN_INVALID',
    `${name} made something that is no ${plugin.kind}: it lacks ${missing.join(', ')}.`,
    { hint: 'This is a mistake in the plugin: tell its author, or use another version.' },
  );
}

async function closeLate(product: unknown): Promise<void> {
  if (typeof product !== 'object' || product === null || !('close' in product)) return;
  const { close } = product;
  if (typeof close !== 'function') return;
  // Nobody waits for it any more: an error of a plugin that was given up says nothing new.
  await Promise.resolve()
    .then(() => close.call(product))
    .catch(() => undefined);
}
