import type { LoadedConfig, SluiceConfig } from '../config/index.ts';
import type { DocumentBuilder, Queue } from '../contracts/index.ts';
import type { CaptureChoice } from '../engine/index.ts';
import type { PluginHost } from '../plugins/index.ts';
import { allOrErrors } from './all-or-errors.ts';
import { createRunContainer, type RunContext } from './run-container.ts';
import { type RunSink, tokens } from './tokens.ts';

/** The parts that a run can be made of. */
export interface RunPlugins {
  readonly capture: CaptureChoice;
  readonly documents: DocumentBuilder;
  readonly queue: Queue;
  /** In the order of the configuration. */
  readonly sinks: readonly RunSink[];
}

/** The parts asked for, and how to be done with them. */
export type RunParts<Part extends keyof RunPlugins = keyof RunPlugins> = Pick<RunPlugins, Part> &
  AsyncDisposable & {
    /** Closes all parts, last made first; each at most 10 s. Idempotent. */
    close(): Promise<void>;
  };

/** In the order in which they are made, so that the capture is closed before what feeds on it. */
const allParts = ['documents', 'sinks', 'queue', 'capture'] as const satisfies readonly (keyof RunPlugins)[];

/**
 * Finds, checks and starts the plugins that a configuration names; only the parts asked for. All
 * plugins are found and all options checked before any is started, and what is wrong with them is
 * thrown as one error. When one fails to start, those already started are closed.
 *
 * ```ts
 * await using parts = await openRun(config, host, context, ['capture', 'documents']);
 * await parts.capture.allowed[0].capture.inspect(required);
 * ```
 */
export async function openRun<Part extends keyof RunPlugins>(
  config: SluiceConfig | LoadedConfig,
  host: PluginHost,
  context: RunContext,
  parts: readonly Part[],
): Promise<RunParts<Part>>;
export async function openRun(
  config: SluiceConfig | LoadedConfig,
  host: PluginHost,
  context: RunContext,
): Promise<RunParts>;
export async function openRun(
  config: SluiceConfig | LoadedConfig,
  host: PluginHost,
  context: RunContext,
  parts: readonly (keyof RunPlugins)[] = allParts,
): Promise<Partial<RunPlugins> & Pick<RunParts, 'close' | typeof Symbol.asyncDispose>> {
  const container = createRunContainer({ ...context, config, host });
  const wanted = allParts.filter((part) => parts.includes(part));
  const places = 'redactor' in config ? config : undefined;
  try {
    await allOrErrors(
      wanted.map((part) => container.get<Promise<unknown>>(pluginTokens[part])),
      places,
    );
    let opened: Partial<RunPlugins> = {};
    for (const part of wanted) {
      opened = { ...opened, [part]: await container.get<Promise<RunPlugins[typeof part]>>(tokens[part]) };
    }
    return { ...opened, close: container.dispose, [Symbol.asyncDispose]: container.dispose };
  } catch (error) {
    // The first error is the one to hear of.
    await container.dispose().catch(() => undefined);
    throw error;
  }
}

const pluginTokens = {
  capture: tokens.capturePlugins,
  documents: tokens.documentsPlugin,
  queue: tokens.queuePlugin,
  sinks: tokens.sinkPlugins,
} as const;
