import type { ConnectionConfig, IndexSchema, JsonObject, SourcePath } from '../contracts/index.ts';
import type { SourceLocation } from '../errors/index.ts';
import type { ListenAddress } from './address.ts';
import type { SourceTexts } from './diagnostics.ts';
import type { Redactor } from './secrets.ts';
import type { EntryPart } from './yaml.ts';

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

/** How much the source may keep for Sluice, and what happens then. */
export interface SourceLimits {
  readonly warnBytes: number;
  readonly warnAgeMs: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /**
   * `keep`: nothing is let go, whatever it costs the source. `release`: slot or outbox are let go, and
   * every index is reconciled.
   */
  readonly atLimit: 'keep' | 'release';
  /** How long a limit must have been passed before anything is let go. */
  readonly releaseAfterMs: number;
}

/** The HTTP server of a run. */
export interface ServerConfig {
  /** Health, status and metrics; null: not opened. */
  readonly public: ListenAddress | null;
  /** Control and waiting, for whoever has the token; null: not opened. */
  readonly private: { readonly address: ListenAddress; readonly token: string } | null;
  /** Names, beside addresses and localhost, under which the server may be asked. */
  readonly hosts: readonly string[];
}

export type RejectPolicy = 'stop' | 'skip' | 'dead_letter';

export interface IndexConfig {
  readonly name: string;
  readonly schema: IndexSchema;
  /** For messages; relative to `baseDir`. */
  readonly schemaFile: string;
  /** Names of sinks, in the order of the configuration. */
  readonly sinks: readonly string[];
  readonly onReject: RejectPolicy;
  /** How long this index, once stopped, may hold back what the source keeps. */
  readonly holdLimit: {
    readonly bytes: number;
    readonly ageMs: number;
  };
  /** A generation that another schema or setting replaces stays in step, for `reindex --rollback`. */
  readonly keepFormer: boolean;
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
    readonly limits: SourceLimits;
  };
  readonly sinks: readonly SinkConfig[];
  readonly indexes: readonly IndexConfig[];
  readonly prefix: string;
  readonly queue: PluginReference;
  /** null: no port is opened. */
  readonly server: ServerConfig | null;
}

/** What a lock is made of: the configuration as written, references unresolved, and the schema files as data. */
export interface ConfigContent {
  readonly config: unknown;
  /** By the file's name as the configuration writes it. */
  readonly schemas: ReadonlyMap<string, unknown>;
}

/** A configuration with the places of everything in its files. */
export interface LoadedConfig extends SluiceConfig {
  /** The place of an entry of the configuration file. */
  locate(path: SourcePath, part?: EntryPart): SourceLocation;
  /** The place of a node of an index's schema, for diagnostics with a `SourcePath`. */
  locateIn(index: string, path: SourcePath): SourceLocation;
  /** The text of every file that was read, for frames. Holds secrets: print it only through `redactor`. */
  readonly texts: SourceTexts;
  readonly redactor: Redactor;
  /**
   * Options as they are written in a configuration, references to the environment resolved: for what
   * was written earlier. A reference that cannot be resolved stays.
   */
  resolve(options: JsonObject): JsonObject;
  /** The options of a plugin as they are written, without secrets: what may be kept elsewhere. */
  written(reference: PluginReference): JsonObject;
  readonly content: ConfigContent;
}
