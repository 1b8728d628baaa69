import type { PluginContext, PluginKind, PluginProducts } from '../contracts/index.ts';
import { isSluiceError, SluiceError } from '../errors/index.ts';
import type { PreparedPlugin } from './plugin-host.ts';

/** How long a plugin may take to start, in ms. It opens connections; it does not wait for servers. */
const startTimeout = 30_000;

/** The methods without which a product is not one of its kind. */
const methods = {
  capture: ['inspect', 'provision', 'stream', 'acknowledge', 'barrier', 'close'],
  documents: ['source', 'bind', 'resolve', 'build', 'scan', 'close'],
  sink: ['ensureIndex', 'write', 'fingerprint', 'close'],
  queue: ['publish', 'take', 'depth', 'close'],
} as const satisfies { readonly [Kind in PluginKind]: readonly (keyof PluginProducts[Kind])[] };

/**
 * Starts a plugin with its options. What comes too late is closed.
 *
 * @param timeout In ms.
 * @throws what the plugin says by a SluiceError; otherwise SLUICE_PLUGIN_FAILED, which names the
 * plugin, where it throws or does not come in time; SLUICE_PLUGIN_INVALID where it makes something
 * else; the reason of `context.signal` when that aborts.
 */
export async function createPlugin<Kind extends PluginKind>(
  { plugin, options, package: packageName, version }: PreparedPlugin<Kind>,
  context: PluginContext,
  timeout: number = startTimeout,
): Promise<PluginProducts[Kind]> {
  const name = `The ${plugin.kind} plugin \`${plugin.name}\` (${`${packageName} ${version}`.trim()})`;
  const { signal } = context;
  signal.throwIfAborted();

  const starting = Promise.resolve().then(() => plugin.create(context, options));
  const product = await inTime(starting, timeout, signal, name).catch((error: unknown) => {
    starting.then(closeLate, () => undefined);
    if (isSluiceError(error) || signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError('SLUICE_PLUGIN_FAILED', `${name} could not be started: ${message}`, {
      cause: error,
    });
  });

  const missing = missingMethods(plugin.kind, product);
  if (missing.length === 0) return product;
  await closeLate(product);
  throw new SluiceError('SLUICE_PLUGIN_INVALID', `${name} made something that lacks ${missing.join(', ')}.`);
}

async function inTime<Product>(
  starting: Promise<Product>,
  timeout: number,
  signal: AbortSignal,
  name: string,
): Promise<Product> {
  const { promise: interrupted, reject } = withRejection();
  const abort = (): void => reject(signal.reason);
  const timer = setTimeout(() => {
    reject(
      new SluiceError('SLUICE_PLUGIN_FAILED', `${name} did not start within ${timeout / 1000} s.`, {
        hint: 'A plugin must open what it needs and return; it must not wait for a server.',
      }),
    );
  }, timeout);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([starting, interrupted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function withRejection(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  return { promise, reject };
}

function missingMethods(kind: PluginKind, product: unknown): readonly string[] {
  if (typeof product !== 'object' || product === null) return methods[kind];
  const members: Readonly<Record<string, unknown>> = Object.fromEntries(
    methods[kind].map((name) => [name, Reflect.get(product, name)]),
  );
  return methods[kind].filter((name) => typeof members[name] !== 'function');
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
