import { isSluiceError, SluiceError } from '../../errors/index.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';

/**
 * Two sinks that lead to the same place, by whatever address, and take the same index: each would undo what
 * the other remembers. Null where there are none. A sink that does not answer is left out.
 *
 * @throws what a required sink says that does not answer
 */
export async function sharedPlace(
  sinks: readonly EngineSink[],
  indexes: readonly Pick<EngineIndex, 'schema' | 'sinks'>[],
): Promise<SluiceError | null> {
  const met = new Map<string, EngineSink>();
  for (const each of sinks) {
    if (!indexes.some((index) => index.sinks.includes(each.name) && index.sinks.length > 1)) continue;
    const place = await placeOf(each);
    if (place === null) continue;
    const other = met.get(place);
    const shared = indexes.find(
      (index) => other !== undefined && index.sinks.includes(each.name) && index.sinks.includes(other.name),
    );
    if (other !== undefined && shared !== undefined) {
      return new SluiceError(
        'SLUICE_SINK_SHARED',
        `the sinks "${other.name}" and "${each.name}" lead to the same place, and index "${shared.schema.index}" goes to both`,
        {
          hint: 'Take one of them out of the configuration, or give the index only one of them (`sinks:`).',
        },
      );
    }
    met.set(place, each);
  }
  return null;
}

async function placeOf({ sink, required }: EngineSink): Promise<string | null> {
  try {
    return (await sink.location?.()) ?? null;
  } catch (error) {
    if (required || !isSluiceError(error)) throw error;
    return null;
  }
}
