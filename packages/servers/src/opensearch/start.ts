import { SluiceError } from '@sluice/core';
import { givenServer } from '../given.ts';
import { firstAvailable, NotHere } from '../origins.ts';
import { everyOrigin, type Origin } from '../server.ts';
import { startOpenSearchContainer } from './container.ts';
import { startEmbeddedOpenSearch } from './embedded.ts';
import type { OpenSearchOptions, OpenSearchServer } from './options.ts';
import { serverVersion } from './probe.ts';

/**
 * An OpenSearch: the one at `options.url` or `SLUICE_TEST_OPENSEARCH_URL`, else a container, else the
 * distribution from Maven on a local Java. `settings`, `heap`, `jvm`, `line` and `port` cannot reach into a given one.
 *
 * @throws SLUICE_SERVER_UNAVAILABLE when none can be had, with the reasons and what would help.
 */
export async function startOpenSearch(options: OpenSearchOptions = {}): Promise<OpenSearchServer> {
  const start: Record<Origin, () => Promise<OpenSearchServer>> = {
    given: () => givenOpenSearch(options),
    container: () => startOpenSearchContainer(options),
    embedded: () => startEmbeddedOpenSearch(options),
  };
  const origins = options.origins ?? everyOrigin;
  return await firstAvailable(
    'OpenSearch',
    origins.map((origin) => ({ origin, start: start[origin] })),
  );
}

async function givenOpenSearch(options: OpenSearchOptions): Promise<OpenSearchServer> {
  if (options.security !== undefined) throw new NotHere('a given server has a security of its own');
  const url = options.url ?? (options.environment ?? process.env)['SLUICE_TEST_OPENSEARCH_URL'];
  if (!url) throw new NotHere('SLUICE_TEST_OPENSEARCH_URL is not set');
  try {
    return givenServer('OpenSearch', url, await serverVersion(url));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `The given OpenSearch does not answer: ${reason}`, {
      hint: 'Start it, correct the URL, or leave the URL out.',
      cause,
    });
  }
}
