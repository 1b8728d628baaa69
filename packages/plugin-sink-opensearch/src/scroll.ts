import { type JsonObject, SluiceError } from '@sluice/core';
import { z } from 'zod';
import { type Cluster, path } from './cluster/cluster.ts';
import { readAnswer, requireAllShards, shardCounts } from './cluster/read-answer.ts';
import { refreshIndex } from './indexes/physical-index.ts';

/** How long OpenSearch keeps its snapshot between two pages. */
const keepAlive = '5m';

/** OpenSearch's own limit of a page (`index.max_result_window`). */
const largestPage = 10_000;

/**
 * Every document of an index that was durable when called, in pages of hits, from one snapshot.
 *
 * A scroll in index order is the cheapest full read on every version; it holds one page in memory.
 * It reads primaries, since a replica may lag behind a refresh where segments are copied. Throws
 * `SLUICE_SINK_UNAVAILABLE` rather than leave out a shard.
 */
export async function* scroll<Hit extends z.ZodType>(
  cluster: Cluster,
  index: string,
  hit: Hit,
  search: {
    readonly pageSize: number;
    readonly source: boolean;
    readonly version: boolean;
    readonly sequence: boolean;
    /** Default: every document. */
    readonly query?: JsonObject;
  },
): AsyncGenerator<readonly z.output<Hit>[]> {
  const page = z.object({
    _scroll_id: z.string(),
    _shards: shardCounts,
    hits: z.object({ hits: z.array(hit) }),
  });
  const purpose = `list ${index}`;
  await refreshIndex(cluster, index);
  let answer = await cluster.send({
    method: 'POST',
    path: path(index, '_search'),
    query: { scroll: keepAlive, preference: '_primary', allow_partial_search_results: false },
    body: {
      size: Math.min(search.pageSize, largestPage),
      sort: ['_doc'],
      _source: search.source,
      version: search.version,
      seq_no_primary_term: search.sequence,
      ...(search.query !== undefined && { query: search.query }),
    },
    purpose,
  });
  let scrollId: string | null = null;
  try {
    while (true) {
      const read = readAnswer(page, answer, purpose);
      scrollId = read._scroll_id;
      requireAllShards(read._shards, purpose);
      if (read.hits.hits.length === 0) return;
      yield read.hits.hits;
      answer = await cluster.send({
        method: 'POST',
        path: '/_search/scroll',
        body: { scroll: keepAlive, scroll_id: scrollId },
        purpose,
        expect: [404],
      });
      if (answer.status === 404) throw snapshotEnded(index);
    }
  } finally {
    if (scrollId !== null) await endScroll(cluster, scrollId);
  }
}

function snapshotEnded(index: string): SluiceError {
  const message = `The listing of ${index} ended early: more than ${keepAlive} passed between two pages, or a node left`;
  return new SluiceError('SLUICE_SINK_UNAVAILABLE', message);
}

/** Left open, the snapshot ends by itself after `keepAlive`: a failure here is not one of the listing. */
async function endScroll(cluster: Cluster, scrollId: string): Promise<void> {
  await cluster
    .send({
      method: 'DELETE',
      path: '/_search/scroll',
      body: { scroll_id: [scrollId] },
      purpose: 'end a listing',
      expect: [404],
    })
    .catch(() => undefined);
}
