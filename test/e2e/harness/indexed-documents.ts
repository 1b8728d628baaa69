import { type Documents, placeOf } from './documents.ts';
import { type ExactJson, parseExactJson } from './exact-json.ts';

const pageSize = 5_000;

interface Hit {
  readonly _id: string;
  readonly _routing?: string;
  readonly _source: ExactJson;
}

interface Page {
  readonly _scroll_id: string;
  readonly hits: { readonly hits: readonly Hit[] };
}

/** Everything that a user can find through the alias, as it was written, digit for digit. */
export async function indexedDocuments(url: string, alias: string): Promise<Documents> {
  await request(url, 'POST', `/${alias}/_refresh`);
  const documents = new Map<string, ExactJson>();
  let page = await request(url, 'POST', `/${alias}/_search?scroll=1m`, { size: pageSize, sort: ['_doc'] });
  for (;;) {
    const { hits } = page.hits;
    for (const { _id, _routing, _source } of hits) documents.set(placeOf(_id, _routing), _source);
    if (hits.length < pageSize) break;
    page = await request(url, 'POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id });
  }
  await request(url, 'DELETE', '/_search/scroll', { scroll_id: [page._scroll_id] });
  return documents;
}

async function request(url: string, method: string, path: string, body?: object): Promise<Page> {
  const response = await fetch(new URL(path, url), {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
  // The three requests above are answered by a page of hits, or by something nobody reads.
  return parseExactJson(text) as unknown as Page;
}
