import type { OpenSearchRequest } from './opensearch-request.ts';

/**
 * Deletes every index of a prefix, by exact name: for an OpenSearch that is not ours to throw away.
 * Resolves to the names deleted.
 */
export async function removeIndexes(request: OpenSearchRequest, prefix: string): Promise<readonly string[]> {
  const listed = await request('_cat/indices?format=json&h=index&expand_wildcards=all');
  const names = (Array.isArray(listed) ? listed : [])
    .map((entry: { readonly index?: unknown }) => String(entry.index))
    .filter((name) => name.startsWith(prefix));
  for (const name of names) await request(encodeURIComponent(name), 'DELETE');
  return names;
}
