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
  /** Runs the security plugin with TLS, in place of plain HTTP for everybody. Only an embedded 2.19 can. */
  readonly security?: OpenSearchSecurity | undefined;
  /** Node settings as in opensearch.yml, over the defaults. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** What the security plugin is set up with. There are no users at first: the administrator makes them. */
export interface OpenSearchSecurity {
  /** PEM of the authority that signed the others and signs whatever client is let in by certificate. */
  readonly authority: string;
  /** The node's own, as PEM, for `localhost`; both for its clients and for other nodes. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
  /** The subject of the node's certificate and of the administrator's, as `CN=admin`. */
  readonly nodeSubject: string;
  readonly adminSubject: string;
}

/** `url` takes plain HTTP without credentials, unless it was given or secured. */
export type OpenSearchServer = Server;

export const defaultHeap = '512m';

/** A node that is a cluster by itself, and writes however full the disk is. */
export const defaultSettings: NonNullable<OpenSearchOptions['settings']> = {
  'discovery.type': 'single-node',
  'cluster.routing.allocation.disk.threshold_enabled': false,
};
