import type { Deployment } from '../../e2e/harness/deployment.ts';

/** What these tests read of the record that Sluice keeps of each generation. */
export interface GenerationRecord {
  readonly index: string;
  readonly hash: string;
  readonly number: number;
  readonly seeded: boolean;
  readonly epoch: number;
  /** Of the process that keeps it in step; null before that has recorded a position. */
  readonly lease: object | null;
  readonly capture: { readonly identity: string; readonly plugin?: { readonly name: string } };
  readonly scan: {
    readonly kind: 'backfill' | 'reconcile';
    readonly boundaries: readonly unknown[] | null;
    readonly finished: readonly number[];
  } | null;
}

/** The records as they are now; none where there is no index of records yet. */
export async function generationRecords(site: Deployment): Promise<readonly GenerationRecord[]> {
  const { client, prefix } = site.search;
  const index = `${prefix}.sluice`;
  await client.indices.refresh({ index, ignore_unavailable: true });
  const { body } = await client.search({ index, size: 100, ignore_unavailable: true });
  const hits: readonly { readonly _source?: { readonly value?: GenerationRecord } }[] = body.hits.hits;
  // Other kinds of records lie beside them.
  return hits.flatMap(({ _source }) => (_source?.value?.hash === undefined ? [] : [_source.value]));
}

/** The record of the only generation of an index. */
export async function generationRecord(site: Deployment, index: string): Promise<GenerationRecord> {
  const [record, ...more] = (await generationRecords(site)).filter((each) => each.index === index);
  if (record === undefined || more.length > 0)
    throw new Error(`There are ${more.length + (record === undefined ? 0 : 1)} generations of ${index}.`);
  return record;
}
