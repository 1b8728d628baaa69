import { once } from 'node:events';
import { createServer } from 'node:net';
import { isSluiceError, SluiceError } from '@sluice/core';
import { type OpenSearchServer, type PostgresServer, startOpenSearch, startPostgres } from '@sluice/servers';

export const sinkChoices = ['auto', 'opensearch', 'stdout'] as const;
/** `auto`: OpenSearch where one can be had, else stdout. */
export type SinkChoice = (typeof sinkChoices)[number];

/** A Postgres of the demo's own, never a given one: the demo fills and throws away. */
export async function startDemoPostgres(
  port: number | undefined,
  onProgress: (message: string) => void,
): Promise<PostgresServer> {
  if (port !== undefined) await requireFreePort(port);
  return startPostgres({ origins: ['embedded', 'container'], port, onProgress });
}

/** @throws SLUICE_SERVER_UNAVAILABLE where something listens at the port already, or nobody may */
async function requireFreePort(port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1' });
    await once(server, 'listening');
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const reason = taken ? 'is in use' : 'cannot be used';
    throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `Port ${port} ${reason}.`, {
      hint: 'Name another with --port, or leave it out for a free one.',
      cause,
    });
  } finally {
    server.close();
  }
}

/** Where the demo's documents go. */
export type DemoSearch =
  | { readonly kind: 'opensearch'; readonly server: OpenSearchServer }
  /** `reason`: why there is no OpenSearch, and what would help; null where nobody asked for one. */
  | { readonly kind: 'stdout'; readonly reason: string | null };

/**
 * The OpenSearch at `url`, else a container, else one on the local Java, else (for `auto`) none.
 *
 * @throws SLUICE_SERVER_UNAVAILABLE for `opensearch`, and for a given `url` that does not answer
 */
export async function startDemoSearch(
  choice: SinkChoice,
  url: string | undefined,
  onProgress: (message: string) => void,
): Promise<DemoSearch> {
  if (choice === 'stdout') return { kind: 'stdout', reason: null };
  const origins = url === undefined ? (['container', 'embedded'] as const) : (['given'] as const);
  try {
    return { kind: 'opensearch', server: await startOpenSearch({ url, origins, onProgress }) };
  } catch (error) {
    if (choice === 'opensearch' || url !== undefined || !isSluiceError(error, 'SLUICE_SERVER_UNAVAILABLE')) {
      throw error;
    }
    const hint = error.hint === undefined ? '' : `\n  What would help: ${error.hint}`;
    return { kind: 'stdout', reason: `${error.message}${hint}` };
  }
}
