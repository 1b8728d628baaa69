import { loadContainers } from '../container/runtime.ts';
import type { Obstacle } from '../obstacle.ts';
import { NotHere } from '../origins.ts';
import type { OpenSearchOptions } from './options.ts';
import { planEmbedded } from './plan-embedded.ts';

/** Why `startOpenSearch` would find nothing to start. Looks without starting or downloading anything. */
export async function openSearchObstacle(options: OpenSearchOptions = {}): Promise<Obstacle | undefined> {
  const environment = options.environment ?? process.env;
  if (options.url || environment['SLUICE_TEST_OPENSEARCH_URL']) return undefined;
  try {
    await loadContainers(environment);
    return undefined;
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
  }
  try {
    planEmbedded(options);
    return undefined;
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return { reason: error.message, remedy: error.remedy };
  }
}
