import type { Logger, Observer } from '@sluice/core';
import { formatAddress, type ServerConfig } from '@sluice/core/config';
import type { RunControl } from '@sluice/core/engine';
import type { Deployment } from '../deployment.ts';
import { Resources } from '../resources.ts';
import type { ProgressSnapshot } from '../run/progress.ts';
import { runStatus } from '../status/run-status.ts';
import { HttpServer } from './http-server.ts';
import { collectMetrics } from './metrics.ts';
import { answerPrivate } from './private-routes.ts';
import { answerPublic } from './public-routes.ts';

/** The HTTP servers of one run, and what they have to hear of. */
export interface ServedRun extends AsyncDisposable {
  readonly observers: readonly Observer[];
  readonly onControl: (control: RunControl) => void;
}

/**
 * Opens what the configuration asks for.
 *
 * @throws SLUICE_HTTP_LISTEN
 */
export async function serveRun(
  { config, sinks }: Deployment<'sinks'>,
  server: ServerConfig,
  snapshot: () => ProgressSnapshot,
  logger: Logger,
): Promise<ServedRun> {
  const resources = new Resources();
  let control: RunControl | null = null;
  const onControl = (given: RunControl) => {
    control = given;
  };
  const end = () => resources[Symbol.asyncDispose]();
  const indexes = config.indexes.filter(({ enabled }) => enabled).map(({ name }) => name);
  const status = () => runStatus(snapshot(), control, config.source.limits, indexes);
  const metrics = collectMetrics(() => status().indexes);
  const { hosts } = server;
  const onError = (error: unknown) => logger.error('http', { error });
  try {
    if (server.public !== null) {
      const sources = { status, metrics: metrics.text };
      const handle = (request: Parameters<typeof answerPublic>[0]) => answerPublic(request, sources);
      const { address } = resources.use(
        await HttpServer.listen({ address: server.public, hosts, handle, onError }),
      );
      logger.info('listening', { for: 'status and metrics', address: formatAddress(address) });
    }
    if (server.private !== null) {
      const { token } = server.private;
      const { address } = resources.use(
        await HttpServer.listen({
          address: server.private.address,
          hosts,
          handle: async (request) =>
            control === null
              ? { status: 503, body: { error: 'the run has not begun yet' } }
              : await answerPrivate(request, { token, control, indexes, config, sinks }),
          onError,
        }),
      );
      logger.info('listening', { for: 'waiting and control', address: formatAddress(address) });
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { observers: [metrics.observer], onControl, [Symbol.asyncDispose]: end };
}
