import { type Document, encodeVersion } from '@sluice/core';
import type { Span } from './plan-bulks.ts';

/** Ids longer than this fail the whole bulk they are in; so they are not sent. */
export const maxIdBytes = 512;

/** Bytes of an action line apart from id and routing, and of the line breaks, at most. */
const actionBytes = 96;

/** A UTF-16 unit of JSON text takes at most this many bytes: `\u0000`. */
const unitBytes = 6;

/** Bytes that a document takes in a bulk: exact for the body, at most for its action line. */
export function bulkBytes({ id, routing, body }: Document): number {
  const names = unitBytes * (id.length + (routing?.length ?? 0));
  return actionBytes + names + (body === null ? 0 : Buffer.byteLength(body));
}

/**
 * The documents of `span` as NDJSON for `_bulk`, each with its version, so that OpenSearch itself
 * leaves out what is older than what it holds (`external_gte`).
 *
 * Bodies are passed on as they came from the source. Only a line break, which a `json` column may
 * hold between its tokens (inside a string JSON must escape it), becomes a space.
 *
 * Written straight into one buffer: a third of the time that one long text takes, which Node would
 * flatten, measure and encode.
 */
export function bulkBody(documents: readonly Document[], { from, to }: Span, epoch: number): Buffer {
  const part = documents.slice(from, to);
  const buffer = Buffer.allocUnsafe(part.reduce((bytes, document) => bytes + bulkBytes(document), 0));
  let end = 0;
  // A page of documents shares the version of its snapshot: its digits are made once.
  let version: bigint | null = null;
  let rest = '';
  for (const { id, routing, version: own, body } of part) {
    if (own !== version) {
      version = own;
      rest = `,"version":${encodeVersion(epoch, own)},"version_type":"external_gte"}}\n`;
    }
    const operation = body === null ? 'delete' : 'index';
    const route = routing === null ? '' : `,"routing":${JSON.stringify(routing)}`;
    end += buffer.write(`{"${operation}":{"_id":${JSON.stringify(id)}${route}${rest}`, end);
    if (body === null) continue;
    end += buffer.write(body.includes('\n') ? body.replaceAll('\n', ' ') : body, end);
    buffer[end++] = lineFeed;
  }
  return buffer.subarray(0, end);
}

const lineFeed = 0x0a;
