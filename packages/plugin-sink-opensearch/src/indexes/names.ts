import type { Generation } from '@sluice/core';

/** The name that users search. */
export function aliasName(prefix: string, index: string): string {
  return `${prefix}${index}`;
}

/** Names a generation among all of a deployment. */
export function generationName({ index, hash, number }: Generation): string {
  return `${index}_${hash}_${number}`;
}

/** The index that holds one generation. */
export function physicalName(prefix: string, generation: Generation): string {
  return `${prefix}${generationName(generation)}`;
}

/**
 * The hidden alias through which everything is written to an index of ours. OpenSearch makes an index
 * for a write to a name that it does not know, deletes with external versions included; had someone
 * removed ours, documents would land in one without mapping. An index's name must be lowercase, an
 * alias's need not: so a write to this name fails instead.
 */
export function writeAlias(physical: string): string {
  return `${physical}_WRITE`;
}

/** The index of the small records beside the documents. */
export function recordsIndex(prefix: string): string {
  return `${prefix}.sluice`;
}

/** The index of the dead letters of all indexes. */
export function deadLettersIndex(prefix: string): string {
  return `${prefix}.sluice_dead_letters`;
}

/** Which generation of an index a physical name holds; null for names that this deployment did not make. */
export function parsePhysicalName(
  prefix: string,
  index: string,
  physical: string,
): { readonly hash: string; readonly number: number } | null {
  const stem = `${aliasName(prefix, index)}_`;
  if (!physical.startsWith(stem)) return null;
  const [, hash, number] = /^([0-9a-f]{16})_([1-9]\d*)$/.exec(physical.slice(stem.length)) ?? [];
  return hash === undefined ? null : { hash, number: Number(number) };
}
