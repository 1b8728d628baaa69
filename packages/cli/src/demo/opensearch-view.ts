import type { DocumentView } from './document-view.ts';
import type { OpenSearchRequest } from './opensearch-request.ts';

const pageSize = 500;

/** The parts of OpenSearch's answers that are read here. */
interface FoundDocument {
  readonly _primary_term: number;
  readonly _seq_no: number;
  readonly _source: unknown;
}
interface Hit {
  readonly _id: string;
  readonly _source: unknown;
  readonly sort: readonly unknown[];
}
interface SearchAnswer {
  readonly hits: { readonly hits: readonly Hit[] };
}

/**
 * Reads an OpenSearch over its aliases, as an application would. A GET of one document sees it as
 * soon as it is durable, without waiting for a refresh.
 */
export function openSearchView(request: OpenSearchRequest, prefix: string): DocumentView {
  return {
    get: async ({ index, id }) => {
      const found = (await request(
        `${prefix}${index}/_doc/${encodeURIComponent(id)}`,
      )) as FoundDocument | null;
      if (found === null) return null;
      return { revision: `${found._primary_term}.${found._seq_no}`, content: found._source };
    },
    all: async (index) => {
      await request(`${prefix}${index}/_refresh`, 'POST');
      const documents = new Map<string, unknown>();
      let after: readonly unknown[] | undefined;
      for (;;) {
        const answer = (await request(`${prefix}${index}/_search`, 'POST', {
          size: pageSize,
          query: { match_all: {} },
          sort: [{ id: 'asc' }],
          ...(after === undefined ? {} : { search_after: after }),
        })) as SearchAnswer | null;
        const hits = answer?.hits.hits ?? [];
        for (const hit of hits) documents.set(hit._id, hit._source);
        after = hits.at(-1)?.sort;
        if (hits.length < pageSize) return documents;
      }
    },
  };
}
