import { type Document, encodeVersion } from '@sluice/core';

/** Ids longer than this fail the whole bulk they are in; so they are not sent. */
export const maxIdBytes = 512;

/** Bytes of an action line apart from id and routing, at most. */
const actionBytes = 96;

/**
 * Bytes that a document takes in a bulk: exact for the body, an upper bound for its action line
 * unless id or routing need many escapes.
 */
export function bulkBytes(document: Document): number {
  const body = document.body === null ? 0 : Buffer.byteLength(document.body);
  return body + actionBytes + 3 * (document.id.length + (document.routing?.length ?? 0));
}

/**
 * The documents as NDJSON for `_bulk`, each with its version, so that OpenSearch itself leaves out
 * what is older than what it holds (`external_gte`).
 *
 * Bodies are passed on as they came from the source. Only a line break, which a `json` column may
 * hold between its tokens (inside a string JSON must escape it), is replaced by a space.
 */
export function bulkBody(documents: readonly Document[], from: number, to: number, epoch: number): string {
  let text = '';
  // A page of documents shares the version of its snapshot: its digits are made once.
  let version: bigint | null = null;
  let digits = '';
  for (const document of documents.slice(from, to)) {
    if (document.version !== version) {
      version = document.version;
      digits = encodeVersion(epoch, version).toString();
    }
    const { id, routing, body } = document;
    text += body === null ? '{"delete":{"_id":' : '{"index":{"_id":';
    text += JSON.stringify(id);
    if (routing !== null) text += `,"routing":${JSON.stringify(routing)}`;
    text += `,"version":${digits},"version_type":"external_gte"}}\n`;
    if (body !== null) text += `${body.includes('\n') ? body.replaceAll('\n', ' ') : body}\n`;
  }
  return text;
}
