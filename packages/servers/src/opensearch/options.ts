import type { Server, ServerOptions } from '../server.ts';

/** A line of versions that Sluice is tested with. */
export type OpenSearchLine = '2.19' | '3.4';

export interface OpenSearchOptions extends ServerOptions {
  /** Default: the newest that the Java here can run. */
  readonly line?: OpenSearchLine | undefined;
  /** The JVM's heap, as `-Xmx` takes it; default `512m`. */
  readonly heap?: string | undefined;
  /** Further options of the JVM. */
  readonly jvm?: string | undefined;
  /** Node settings as in opensearch.yml, over the defaults. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** `url` takes plain HTTP without credentials, unless it was given. */
export type OpenSearchServer = Server;

export const defaultHeap = '512m';

/** A node that is a cluster by itself, and writes however full the disk is. */
export const defaultSettings: NonNullable<OpenSearchOptions['settings']> = {
  'discovery.type': 'single-node',
  'cluster.routing.allocation.disk.threshold_enabled': false,
};
