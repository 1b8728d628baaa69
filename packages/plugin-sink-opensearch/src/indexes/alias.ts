import { SluiceError } from '@sluice/core';
import { z } from 'zod';
import { type Cluster, path } from '../cluster/cluster.ts';
import { readAnswer } from '../cluster/read-answer.ts';
import { aliasName, parsePhysicalName } from './names.ts';

/** A generation that the alias leads to, with its physical name. */
export interface AliasTarget {
  readonly physical: string;
  readonly hash: string;
  readonly number: number;
}

const aliasesAnswer = z.record(z.string(), z.object({ aliases: z.record(z.string(), z.unknown()) }));

/**
 * The generations that the name users search leads to: one, or none before the first promotion.
 * Throws `SLUICE_SINK_REFUSED` where the name belongs to something that this deployment did not make.
 */
export async function aliasTargets(cluster: Cluster, prefix: string, index: string): Promise<AliasTarget[]> {
  const alias = aliasName(prefix, index);
  const purpose = `read what ${alias} is`;
  const answer = await cluster.send({ method: 'GET', path: path(alias, '_alias'), purpose, expect: [404] });
  if (answer.status === 404) return [];
  return Object.keys(readAnswer(aliasesAnswer, answer, purpose)).map((physical) => {
    const generation = parsePhysicalName(prefix, index, physical);
    if (generation === null) throw nameTaken(alias, physical);
    return { physical, ...generation };
  });
}

function nameTaken(alias: string, physical: string): SluiceError {
  if (physical === alias) {
    return new SluiceError(
      'SLUICE_SINK_REFUSED',
      `There is an index named ${alias}, which Sluice did not make`,
      {
        hint: `Sluice needs ${alias} as an alias. Rename the index in sluice.yaml, set a prefix, or remove the one in OpenSearch.`,
      },
    );
  }
  return new SluiceError(
    'SLUICE_SINK_REFUSED',
    `The alias ${alias} leads to ${physical}, which Sluice did not make`,
    {
      hint: 'Rename the index in sluice.yaml, set a prefix, or take the alias from that index.',
    },
  );
}
