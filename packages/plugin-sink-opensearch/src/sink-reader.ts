import type { HeldDocument, SinkReader } from '@sluice/core';
import { z } from 'zod';
import type { Cluster } from './cluster/cluster.ts';
import { physicalName } from './indexes/names.ts';
import { readDocuments } from './read-documents.ts';
import { scroll } from './scroll.ts';

/** A long version comes as the text of its digits: see `parseResponse`. */
const hit = z.object({
  _id: z.string(),
  _routing: z.string().optional(),
  _version: z.union([z.int(), z.string()]).transform(BigInt),
});

/** `readsBack`: what is held is what was written, and not what an ingest pipeline made of it. */
export function createSinkReader(
  cluster: Cluster,
  prefix: string,
  { readsBack }: { readonly readsBack: boolean },
): SinkReader {
  return {
    ...(readsBack && {
      read: (generation, places) => readDocuments(cluster, prefix, generation, places),
    }),

    async *list(generation, pageSize): AsyncGenerator<readonly HeldDocument[]> {
      const wanted = { pageSize, source: false, version: true, sequence: false };
      for await (const hits of scroll(cluster, physicalName(prefix, generation), hit, wanted)) {
        yield hits.map(({ _id, _routing, _version }) => ({
          id: _id,
          routing: _routing ?? null,
          version: _version,
        }));
      }
    },
  };
}
