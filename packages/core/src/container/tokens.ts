import { Token } from 'typedi';
import type { SluiceConfig } from '../config/index.ts';
import type { DocumentBuilder, Logger, Observer, PluginContext, Queue, Sink } from '../contracts/index.ts';
import type { CaptureChoice } from '../engine/index.ts';
import type { PreparedPlugin } from '../plugins/index.ts';

/** A sink of the run, by its name in the configuration. */
export interface RunSink {
  readonly name: string;
  readonly required: boolean;
  readonly sink: Sink;
}

/** What a run is made of. Parts that take time to make are promises, made when first asked for. */
export const tokens = {
  config: new Token<SluiceConfig>('config'),
  logger: new Token<Logger>('logger'),
  observer: new Token<Observer>('observer'),
  pluginContext: new Token<PluginContext>('plugin context'),

  capturePlugins: new Token<Promise<readonly PreparedPlugin<'capture'>[]>>('capture plugins'),
  documentsPlugin: new Token<Promise<PreparedPlugin<'documents'>>>('documents plugin'),
  queuePlugin: new Token<Promise<PreparedPlugin<'queue'>>>('queue plugin'),
  sinkPlugins: new Token<Promise<readonly PreparedPlugin<'sink'>[]>>('sink plugins'),

  capture: new Token<Promise<CaptureChoice>>('capture'),
  documents: new Token<Promise<DocumentBuilder>>('documents'),
  queue: new Token<Promise<Queue>>('queue'),
  sinks: new Token<Promise<readonly RunSink[]>>('sinks'),
} as const;
