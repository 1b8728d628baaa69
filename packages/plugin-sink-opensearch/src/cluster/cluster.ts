import type { JsonObject } from '@sluice/core';
import type { OpensearchOptions } from '../options.ts';
import { ConnectionPool, Transport } from './client-parts.ts';
import { connectionFailure, TrackedConnection } from './connection.ts';
import { sinkError } from './failure.ts';
import { nodeOptions, tlsOptions } from './node-options.ts';
import { ResponseSerializer } from './response-text.ts';

export interface ClusterRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Segments are encoded by the caller: see `path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: JsonObject;
  /** A bulk's body, sent as it is. */
  readonly ndjson?: Buffer;
  /** Completes "OpenSearch could not …". */
  readonly purpose: string;
  /** Statuses from 400 up that are an answer here, not a failure. */
  readonly expect?: readonly number[];
  /** In ms, from the last byte that moved. Default 30 s. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface ClusterAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON; text where the answer was not JSON; an `UnparsedAnswer` where it is one of whole documents. */
  readonly body: unknown;
}

/** The nodes of one OpenSearch cluster. */
export interface Cluster {
  /** For messages: hosts without credentials, with the path under which a proxy has OpenSearch. */
  readonly nodes: string;
  /**
   * Sends a body once: another node is tried only when no byte of it left. Throws
   * `SLUICE_SINK_UNAVAILABLE` or `SLUICE_SINK_REFUSED`; the signal's reason when it aborts.
   */
  send(request: ClusterRequest): Promise<ClusterAnswer>;
  /** Idempotent. */
  close(): Promise<void>;
}

const defaultTimeout = 30_000;

/** A path from raw segments. */
export function path(...segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

export function createCluster(options: OpensearchOptions, baseDir: string): Cluster {
  const nodes = nodeOptions(options.url, options);
  const names = nodes.map(({ url }) => `${url.host}${url.pathname.replace(/\/$/, '')}`).join(', ');
  const emit = () => false;
  const connectionPool = new ConnectionPool({
    Connection: TrackedConnection,
    ssl: tlsOptions(options, baseDir),
    resurrectStrategy: 'ping',
    pingTimeout: 3000,
    emit,
  });
  connectionPool.addConnection(nodes);
  const transport = new Transport({
    connectionPool,
    serializer: new ResponseSerializer(),
    maxRetries: 0,
    requestTimeout: defaultTimeout,
    sniffEndpoint: '',
    emit,
    ...(options.gzip && { compression: 'gzip', suggestCompression: true }),
  });

  /** The pool never answers a second end. */
  let closed: Promise<void> | null = null;

  async function sendOnce(request: ClusterRequest): Promise<ClusterAnswer> {
    const { signal } = request;
    signal?.throwIfAborted();
    const sent = transport.request(
      {
        method: request.method,
        path: request.path,
        ...(request.query !== undefined && { querystring: { ...request.query } }),
        ...(request.body !== undefined && { body: request.body }),
        ...(request.ndjson !== undefined && { bulkBody: request.ndjson }),
      },
      { requestTimeout: request.timeout ?? defaultTimeout, ignore: [...(request.expect ?? [])] },
    );
    // Gives nothing back: `abort` returns a thenable, whose rejection Node.js would throw at the process.
    const abort = () => {
      sent.abort();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const { statusCode, headers, body } = await sent;
      return { status: statusCode ?? 0, headers: headers ?? {}, body };
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  return {
    nodes: names,

    async send(request) {
      for (let tried = 1; ; tried++) {
        try {
          return await sendOnce(request);
        } catch (error) {
          if (request.signal?.aborted) throw error;
          if (tried < nodes.length && connectionFailure(error)?.neverSent === true) continue;
          throw sinkError(error, request.purpose, names);
        }
      }
    },

    close() {
      closed ??= new Promise((resolve) => {
        connectionPool.empty(resolve);
      });
      return closed;
    },
  };
}
