import type { Deployment } from '../../e2e/harness/deployment.ts';
import { sourceFootprint } from '../../e2e/harness/source-footprint.ts';
import type { Fleet } from '../fleet.ts';

/** Ends Sluice in good order and takes it out of the source: what is there then and was not before. */
export async function nothingLeft(
  site: Deployment,
  fleet: Fleet,
  before: readonly string[],
): Promise<readonly string[]> {
  return fleet.takeOver(async () => {
    for (const process of fleet.running) await fleet.stop(process);
    const removed = await site.command('provision', '--remove');
    if (removed.code !== 0)
      return [`provision --remove ended with ${removed.code}: ${removed.log.slice(-1_500)}`];
    const after = await sourceFootprint(site.database);
    return after.filter((thing) => !before.includes(thing)).map((thing) => `left in the source: ${thing}`);
  });
}
