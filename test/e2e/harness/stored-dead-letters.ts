import type { TestSearch } from '../../support/opensearch.ts';

/** A dead letter as OpenSearch holds it. */
export interface StoredDeadLetter {
  readonly generation: string;
  readonly index: string;
  readonly key: readonly string[];
  readonly id: string;
  readonly routing: string | null;
  readonly version: string;
  readonly cause: string;
  readonly reason: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly count: number;
}

/** The dead letters of an index as they are stored, by id. No index of letters: none. */
export async function storedDeadLetters(
  { url, prefix }: TestSearch,
  index: string,
): Promise<ReadonlyMap<string, StoredDeadLetter>> {
  const letters = new URL(`${prefix}.sluice_dead_letters/`, url);
  if ((await fetch(new URL('_refresh', letters), { method: 'POST' })).status === 404) return new Map();
  const answer = await fetch(new URL('_search?size=10000', letters), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: { term: { index } } }),
  });
  const { hits }: { readonly hits: { readonly hits: readonly { readonly _source: StoredDeadLetter }[] } } =
    JSON.parse(await answer.text());
  return new Map(hits.hits.map(({ _source }) => [_source.id, _source]));
}
