import type { BulkItem } from './classify-item.ts';

/** The answer to a bulk: all accepted, or one item per document, in order. */
export type BulkAnswer =
  | { readonly kind: 'all-accepted' }
  | { readonly kind: 'items'; readonly items: readonly BulkItem[] };

/** Null where the body is not the answer to a bulk of this many documents. */
export function readBulkAnswer(body: unknown, documents: number): BulkAnswer | null {
  if (typeof body !== 'object' || body === null || !('errors' in body)) return null;
  if (body.errors === false) return { kind: 'all-accepted' };
  if (!('items' in body) || !Array.isArray(body.items) || body.items.length !== documents) return null;
  const items: BulkItem[] = [];
  for (const entry of body.items) {
    const item = readItem(entry);
    if (item === null) return null;
    items.push(item);
  }
  return { kind: 'items', items };
}

/** `{"index": {…}}` or `{"delete": {…}}`. */
function readItem(entry: unknown): BulkItem | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const [item] = Object.values(entry);
  return isBulkItem(item) ? item : null;
}

function isBulkItem(item: unknown): item is BulkItem {
  if (typeof item !== 'object' || item === null || !('status' in item)) return false;
  if (typeof item.status !== 'number') return false;
  if (!('error' in item)) return true;
  const { error } = item;
  return typeof error === 'object' && error !== null && 'type' in error && typeof error.type === 'string';
}
