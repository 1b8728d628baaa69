import { type Documents, placeOf } from './documents.ts';
import { type ExactJson, parseExactJson } from './exact-json.ts';

const pageSize = 5_000;

interface Hit {
  readonly _id: string;
  readonly _routing?: string;
  readonly _source: ExactJson;
}

interface Page {
  readonly _scroll_id?: string;
  readonly hits: { readonly hits: readonly Hit[] };
}

/** Everything that a user can find through the alias, as it was written, digit for digit. */
export async function indexedDocuments(url: string, alias: string): Promise<Documents> {
  const search = `/${alias}/_search`;
  const all = { size: pageSize, sort: ['_doc'] };
  await request(url, 'POST', `/${alias}/_refresh`);
  const documents = new Map<string, ExactJson>();
  let page = await request(url, 'POST', search, all);
  // Most indexes of tests are small; a scroll costs more than the search.
  if (page.hits.hits.length === pageSize) page = await request(url, 'POST', `${search}?scroll=1m`, all);
  for (;;) {
    const { hits } = page.hits;
    for (const { _id, _routing, _source } of hits) documents.set(placeOf(_id, _routing), _source);
    if (hits.length < pageSize) break;
    page = await request(url, 'POST', '/_search/scroll', { scroll: '1m', scroll_id: page._scroll_id });
  }
  if (page._scroll_id !== undefined) {
    await request(url, 'DELETE', '/_search/scroll', { scroll_id: [page._scroll_id] });
  }
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
  // What is asked above is answered by a page of hits, or by something nobody reads.
  return parseExactJson<Page>(text);
}
