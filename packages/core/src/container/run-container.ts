import { ContainerInstance, type Token } from 'typedi';
import type { LoadedConfig, SluiceConfig } from '../config/index.ts';
import type { Logger, Observer, PluginKind, PluginProducts } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { createPlugin, type PluginHost, type PreparedPlugin } from '../plugins/index.ts';
import { allOrErrors } from './all-or-errors.ts';
import { captureChoice, prepareCaptures } from './capture-choice.ts';
import { Closing } from './closing.ts';
import { redactingLogger } from './redacting-logger.ts';
import { tokens } from './tokens.ts';

/** What a run gets from whoever starts it. */
export interface RunContext {
  readonly logger: Logger;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
  /** Output meant for programs. */
  readonly stdout: NodeJS.WritableStream;
  readonly observer?: Observer;
}

export interface RunContainerOptions extends RunContext {
  /** A `LoadedConfig` gives errors their places, and keeps its secrets out of the log. */
  readonly config: SluiceConfig | LoadedConfig;
  readonly host: PluginHost;
  /** How long one part may take to close, in ms. Default 10,000. */
  readonly closeTimeout?: number;
}

/** The parts of one run, each made once, when first asked for. */
export interface RunContainer extends AsyncDisposable {
  /** Throws SLUICE_INTERNAL after `dispose`. */
  get<Part>(token: Token<Part>): Part;
  /** Waits for what is being made, then closes all of it, last made first. Idempotent. */
  dispose(): Promise<void>;
}

let runs = 0;

/** A container of its own for a run: nothing is shared between runs, or kept in a global one. */
export function createRunContainer(options: RunContainerOptions): RunContainer {
  const { config, host, signal, stdout } = options;
  runs += 1;
  const container = new ContainerInstance(`run-${runs}`);
  const closing = new Closing(options.closeTimeout ?? 10_000);
  const making: Promise<unknown>[] = [];
  let disposed: Promise<void> | null = null;

  const places = 'redactor' in config ? config : undefined;
  const logger = places === undefined ? options.logger : redactingLogger(options.logger, places.redactor);

  const provide = <Part>(token: Token<Promise<Part>>, make: () => Promise<Part>): void => {
    const factory = (): Promise<Part> => {
      const part = make();
      // Whoever asked hears of a failure; disposal only waits for its end.
      making.push(part.catch(() => undefined));
      return part;
    };
    container.set({ id: token, factory });
  };
  const start = async <Kind extends PluginKind>(
    name: string,
    prepared: PreparedPlugin<Kind>,
  ): Promise<PluginProducts[Kind]> =>
    closing.add(name, await createPlugin(prepared, container.get(tokens.pluginContext)));

  container.set(tokens.config, config);
  container.set(tokens.logger, logger);
  container.set(tokens.observer, options.observer ?? {});
  container.set(tokens.pluginContext, {
    logger,
    signal,
    stdout,
    connection: config.source.connection,
    prefix: config.prefix,
    baseDir: config.baseDir,
    error: (code, message, details) => new SluiceError(code, message, details),
  });

  provide(tokens.capturePlugins, () => prepareCaptures(config, host, places));
  provide(tokens.documentsPlugin, () => host.prepare('documents', config.source.documents, places));
  provide(tokens.queuePlugin, () => host.prepare('queue', config.queue, places));
  provide(tokens.sinkPlugins, () =>
    allOrErrors(
      config.sinks.map((sink) => host.prepare('sink', sink, places)),
      places,
    ),
  );

  provide(tokens.capture, async () =>
    captureChoice(config, await container.get(tokens.capturePlugins), host, (prepared) =>
      start(`capture ${prepared.plugin.name}`, prepared),
    ),
  );
  provide(tokens.documents, async () =>
    start('document builder', await container.get(tokens.documentsPlugin)),
  );
  provide(tokens.queue, async () => start('queue', await container.get(tokens.queuePlugin)));
  provide(tokens.sinks, async () => {
    const prepared = await container.get(tokens.sinkPlugins);
    const started = prepared.map(async (plugin, position) => {
      const { name = '', required = true } = config.sinks[position] ?? {};
      return { name, required, sink: await start(`sink ${name}`, plugin) };
    });
    return allOrErrors(started, places);
  });

  const dispose = (): Promise<void> => {
    disposed ??= (async () => {
      // What is being made may ask for more on its way.
      for (let waited = 0; waited < making.length; waited += 1) await making[waited];
      await closing.close();
    })();
    return disposed;
  };
  return {
    get: (token) => {
      if (disposed !== null)
        throw new SluiceError('SLUICE_INTERNAL', 'A part was asked of a run that is over.');
      return container.get(token);
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
