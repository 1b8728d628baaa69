import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ChangeCapture } from './capture.ts';
import type { DocumentBuilder } from './document.ts';
import type { Queue } from './queue.ts';
import type { JsonValue } from './schema.ts';
import type { Sink } from './sink.ts';

export type { StandardSchemaV1 };

/** The level of these contracts. A plugin names the level it was made for. */
export const PLUGIN_API = 1;

export type PluginKind = 'capture' | 'documents' | 'sink' | 'queue';

export interface PluginProducts {
  capture: ChangeCapture;
  documents: DocumentBuilder;
  sink: Sink;
  queue: Queue;
}

/** A URL, or its parts, env references already resolved. `@sluice/postgres` reads it. */
export type ConnectionConfig =
  | string
  | {
      readonly host?: string;
      readonly port?: number;
      readonly user?: string;
      readonly password?: string;
      readonly database?: string;
      readonly ssl?: JsonValue;
    };

/** One line per event; fields are flat. Secrets never reach it. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The codes that the engine acts on; which method may throw which is said where the method is. */
export type PluginErrorCode =
  | 'SLUICE_SOURCE_UNAVAILABLE'
  | 'SLUICE_SOURCE_UNSUPPORTED'
  | 'SLUICE_SOURCE_HISTORY_CHANGED'
  | 'SLUICE_SOURCE_DRIFT'
  | 'SLUICE_DOCUMENT_UNBUILDABLE'
  | 'SLUICE_CAPTURE_NOT_PROVISIONED'
  | 'SLUICE_CAPTURE_LOST'
  | 'SLUICE_CAPTURE_IN_USE'
  | 'SLUICE_SINK_UNAVAILABLE'
  | 'SLUICE_SINK_REFUSED';

/** All that a plugin gets from its host. */
export interface PluginContext {
  readonly logger: Logger;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
  /** The source's connection, for captures and document builders. */
  readonly connection: ConnectionConfig;
  /** The deployment's prefix; '' if none. */
  readonly prefix: string;
  /** Relative paths in options are relative to it. */
  readonly baseDir: string;
  /** Output meant for programs (documents of the stdout sink). */
  readonly stdout: NodeJS.WritableStream;
  /**
   * Makes an error that the engine knows by its code, for the plugin to throw: so a plugin imports
   * nothing but types. `message` says what happened to what, `hint` what to do.
   */
  readonly error: (
    code: PluginErrorCode,
    message: string,
    details?: { readonly hint?: string; readonly cause?: unknown },
  ) => Error;
}

/**
 * What a plugin package's entry exports as `default`: a plain object. No class identity, no registry
 * across the boundary: the plugin may have its own copy of everything.
 */
export interface Plugin<Kind extends PluginKind = PluginKind, Options = unknown> {
  /** The level of these contracts that it was made for: `PLUGIN_API` of that time. As in the manifest. */
  readonly api: number;
  /** As in the manifest. */
  readonly kind: Kind;
  /** What configurations call it: lower-case letters, digits and hyphens. As in the manifest. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /**
   * Checks what a configuration gives beside `plugin`. Whatever it gets, it answers with a value or with
   * issues, and never throws; what is no object or holds a key that is unknown is refused, so that a
   * mistyped option is told. Text that stands for a number or a boolean is read as one where the schema
   * refuses the text, since environment variables give text.
   */
  readonly options: StandardSchemaV1<unknown, Options>;
  /**
   * Called once per run and use, with what `options` gave back. It opens what it needs and returns; it
   * does not wait for a server, which may be down for now. Opens nothing that the product's `close`
   * would not close. What it throws ends the run; a product that comes after 30 s is closed.
   */
  create(context: PluginContext, options: Options): PluginProducts[Kind] | Promise<PluginProducts[Kind]>;
}

/**
 * The `sluice` key of a plugin's package.json: read before any code is imported.
 */
export interface PluginManifest {
  readonly api: number;
  readonly kind: PluginKind;
  readonly name: string;
  /** The module that exports the plugin, relative to the package's root. */
  readonly entry: string;
  /**
   * The module that `sluice plugin verify` gets the driver for the kind's conformance checks from,
   * relative to the package's root. Its default export is the driver, or a function that makes one of
   * a `PluginContext`. Absent: nothing but manifest, shape and options can be checked.
   */
  readonly conformance?: string;
  readonly summary?: string;
}
