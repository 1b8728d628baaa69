import { SluiceError } from '@sluice/core';
import type { DocumentView } from './document-view.ts';

const pageSize = 500;

interface Hit {
  readonly _id: string;
  readonly _source: unknown;
  readonly sort: readonly unknown[];
}

/**
 * Reads an OpenSearch over its aliases, as an application would. A GET of one document sees it as
 * soon as it is durable, without waiting for a refresh.
 */
export function openSearchView(url: string): DocumentView {
  const base = new URL(url);
  const authorization =
    base.username === ''
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`;
  base.username = '';
  base.password = '';
  const request = async (path: string, body?: unknown): Promise<Record<string, unknown> | null> => {
    const response = await fetch(new URL(path, `${base.href.replace(/\/$/, '')}/`), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.status === 404) return null;
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.ok) return answer;
    throw new SluiceError('SLUICE_SINK_REFUSED', `OpenSearch answers ${response.status} to ${path}.`);
  };
  return {
    get: async ({ index, id }) => {
      const found = await request(`${index}/_doc/${encodeURIComponent(id)}`);
      if (found === null) return null;
      return { revision: `${found['_primary_term']}.${found['_seq_no']}`, content: found['_source'] };
    },
    all: async (index) => {
      await request(`${index}/_refresh`, {});
      const documents = new Map<string, unknown>();
      let after: readonly unknown[] | undefined;
      for (;;) {
        const answer = await request(`${index}/_search`, {
          size: pageSize,
          query: { match_all: {} },
          sort: [{ id: 'asc' }],
          ...(after === undefined ? {} : { search_after: after }),
        });
        const hits = hitsOf(answer);
        for (const hit of hits) documents.set(hit._id, hit._source);
        after = hits.at(-1)?.sort;
        if (hits.length < pageSize) return documents;
      }
    },
  };
}

/** The hits of a search's answer, whose shape is OpenSearch's. */
function hitsOf(answer: Record<string, unknown> | null): readonly Hit[] {
  const body = answer as { readonly hits?: { readonly hits?: readonly Hit[] } } | null;
  return body?.hits?.hits ?? [];
}
