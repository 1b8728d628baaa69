/** One item of a bulk's answer, as far as `filter_path` lets it through. */
export interface BulkItem {
  readonly status: number;
  readonly error?: {
    readonly type: string;
    readonly reason?: string | null;
    readonly caused_by?: { readonly type?: string; readonly reason?: string | null };
  };
}

/** What became of one document. */
export type ItemOutcome =
  | { readonly kind: 'accepted' }
  /** OpenSearch holds this newer version. */
  | { readonly kind: 'conflict'; readonly held: bigint }
  | { readonly kind: 'rejected'; readonly reason: string; readonly retryable: boolean }
  /** Not about this document: every write to the index fails like this. */
  | { readonly kind: 'no-index'; readonly reason: string }
  | { readonly kind: 'no-privilege'; readonly reason: string };

const accepted: ItemOutcome = { kind: 'accepted' };

/** The index, or the alias that writes go through, was removed. */
const noIndex = new Set(['index_not_found_exception', 'invalid_index_name_exception']);

/** The index takes nothing now, whatever the status says; someone has to unblock, open or make room. */
const blocked = new Set(['cluster_block_exception', 'index_closed_exception']);

/** Mistakes of the server over this very document: it would make them again. */
const serverMistakes = new Set([
  'null_pointer_exception',
  'class_cast_exception',
  'array_index_out_of_bounds_exception',
  'index_out_of_bounds_exception',
  'arithmetic_exception',
  'illegal_state_exception',
]);

/**
 * What one item of a bulk's answer means. An item without error is accepted: 200, 201, or 404 for
 * the delete of a document that was not there (which leaves a tombstone with its version).
 */
export function classifyItem({ status, error }: BulkItem): ItemOutcome {
  if (error === undefined) {
    if (status < 300 || status === 404) return accepted;
    return { kind: 'rejected', reason: `HTTP ${status}`, retryable: isBusy(status) };
  }
  const reason = itemReason(error);
  if (noIndex.has(error.type)) return { kind: 'no-index', reason };
  if (blocked.has(error.type)) return { kind: 'rejected', reason, retryable: true };
  if (status === 401 || status === 403) return { kind: 'no-privilege', reason };
  if (status === 409) {
    const held = heldVersion(error.reason ?? '');
    if (held !== null) return { kind: 'conflict', held };
  }
  return { kind: 'rejected', reason, retryable: mayPass(status) && !serverMistakes.has(error.type) };
}

/** A document is never what is not found: that is a shard which closes, moves or starts, or a pipeline. */
function mayPass(status: number): boolean {
  return status === 404 || isBusy(status);
}

function isBusy(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** "[id]: version conflict, current version [X] is higher than the one provided [Y]"; an id may hold anything. */
function heldVersion(reason: string): bigint | null {
  const [, digits] = /.*: version conflict, current version \[(\d+)\]/s.exec(reason) ?? [];
  return digits === undefined ? null : BigInt(digits);
}

function itemReason(error: NonNullable<BulkItem['error']>): string {
  const own = `${error.type}: ${error.reason ?? ''}`;
  const cause = error.caused_by;
  if (cause?.type === undefined) return own;
  return `${own}: ${cause.type}: ${cause.reason ?? ''}`;
}
