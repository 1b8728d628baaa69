import type { ConnectionConfig, IndexSchema, JsonObject, SourcePath } from '../contracts/index.ts';

/** A plugin named in the configuration, with the options written beside it. */
export interface PluginReference {
  /** Short name (`opensearch`), package name, or path (`./sinks/kafka.js`). */
  readonly plugin: string;
  readonly options: JsonObject;
  /** Where the options stand in the configuration file. */
  readonly at: SourcePath;
}

export interface SinkConfig extends PluginReference {
  readonly name: string;
  /** A sink that is not required falls behind alone and is reconciled. */
  readonly required: boolean;
}

export type RejectPolicy = 'stop' | 'skip';

export interface IndexConfig {
  readonly name: string;
  readonly schema: IndexSchema;
  /** For messages; relative to `baseDir`. */
  readonly schemaFile: string;
  /** Names of sinks, in the order of the configuration. */
  readonly sinks: readonly string[];
  readonly onReject: RejectPolicy;
  readonly enabled: boolean;
}

/** `sluice.yaml` and its schema files, validated, env references resolved. Holds secrets: never print it. */
export interface SluiceConfig {
  /** Absolute path of the configuration file (or lock). */
  readonly file: string;
  readonly baseDir: string;
  readonly source: {
    readonly connection: ConnectionConfig;
    readonly capture: PluginReference;
    readonly documents: PluginReference;
  };
  readonly sinks: readonly SinkConfig[];
  readonly indexes: readonly IndexConfig[];
  readonly prefix: string;
  readonly queue: PluginReference;
}
