import { type Generation, type GenerationStore, SluiceError } from '@sluice/core';
import { type Cluster, path } from '../cluster/cluster.ts';
import { aliasTargets } from './alias.ts';
import { backfillSettings, type FlatSettings, restoredSettings } from './index-settings.ts';
import { aliasName, physicalName } from './names.ts';
import {
  deleteIndex,
  flushIndex,
  indexExists,
  indexSize,
  putSettings,
  refreshIndex,
} from './physical-index.ts';

/** Generations as physical indexes behind an alias. */
export function createGenerationStore(
  cluster: Cluster,
  prefix: string,
  settingsOf: (generation: Generation) => FlatSettings,
): GenerationStore {
  const nameOf = (generation: Generation) => physicalName(prefix, generation);

  return {
    beginBackfill: (generation) =>
      putSettings(cluster, nameOf(generation), backfillSettings(settingsOf(generation))),

    async endBackfill(generation) {
      const name = nameOf(generation);
      await putSettings(cluster, name, restoredSettings(settingsOf(generation)));
      await refreshIndex(cluster, name);
      await flushIndex(cluster, name);
    },

    async promote(generation) {
      const name = nameOf(generation);
      const alias = aliasName(prefix, generation.index);
      const former = (await aliasTargets(cluster, prefix, generation.index)).filter(
        ({ physical }) => physical !== name,
      );
      await cluster.send({
        method: 'POST',
        path: '/_aliases',
        body: {
          actions: [
            { add: { index: name, alias } },
            ...former.map(({ physical }) => ({ remove: { index: physical, alias } })),
          ],
        },
        purpose: `point ${alias} at ${name}`,
      });
    },

    async promoted(index) {
      const targets = await aliasTargets(cluster, prefix, index);
      const [newest] = targets.toSorted((a, b) => b.number - a.number);
      return newest === undefined ? null : { hash: newest.hash, number: newest.number };
    },

    exists: (generation) => indexExists(cluster, nameOf(generation)),

    async drop(generation) {
      const name = nameOf(generation);
      const targets = await aliasTargets(cluster, prefix, generation.index);
      if (targets.some(({ physical }) => physical === name)) {
        const alias = aliasName(prefix, generation.index);
        throw new SluiceError('SLUICE_SINK_REFUSED', `${name} is what ${alias} leads to: it is not dropped`, {
          hint: 'Promote another generation first.',
        });
      }
      await deleteIndex(cluster, name);
    },

    async withdraw(generation) {
      const name = nameOf(generation);
      const alias = aliasName(prefix, generation.index);
      await cluster.send({
        method: 'DELETE',
        path: path(name, '_alias', alias),
        purpose: `take ${alias} from ${name}`,
        expect: [404],
      });
    },

    size: (generation) => indexSize(cluster, nameOf(generation)),
  };
}
