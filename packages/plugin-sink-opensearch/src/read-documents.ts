import { type DocumentReference, type Generation, type HeldBody, SluiceError } from '@sluice/core';
import { type Cluster, path } from './cluster/cluster.ts';
import { documentError, serverReason } from './cluster/failure.ts';
import { itemSpans, memberSpans, type TextSpan } from './cluster/json-spans.ts';
import { UnparsedAnswer } from './cluster/response-text.ts';
import { physicalName } from './indexes/names.ts';

/** Documents asked for in one request, at most: their bodies come in one text. */
const requestDocuments = 500;

/**
 * What OpenSearch holds at each place, in order. A get by id sees every write that was answered, also
 * before a refresh, and is asked of the primary, which a copy may lag behind. `_source` is cut out of
 * the answer's text and never parsed: a `filter_path` would have OpenSearch write it anew.
 */
export async function readDocuments(
  cluster: Cluster,
  prefix: string,
  generation: Generation,
  places: readonly DocumentReference[],
): Promise<readonly (HeldBody | null)[]> {
  const index = physicalName(prefix, generation);
  const held: (HeldBody | null)[] = [];
  for (let from = 0; from < places.length; from += requestDocuments) {
    held.push(...(await readPage(cluster, index, places.slice(from, from + requestDocuments))));
  }
  return held;
}

async function readPage(
  cluster: Cluster,
  index: string,
  places: readonly DocumentReference[],
): Promise<readonly (HeldBody | null)[]> {
  // OpenSearch refuses a request with an empty id as a whole, and can hold nothing there.
  const asked = places.filter(({ id }) => id !== '');
  if (asked.length === 0) return places.map(() => null);
  const purpose = `read documents of ${index}`;
  const { body, status } = await cluster.send({
    method: 'POST',
    path: path(index, '_mget'),
    query: { preference: '_primary' },
    body: {
      docs: asked.map(({ id, routing }) => ({ _id: id, ...(routing === null ? {} : { routing }) })),
    },
    purpose,
  });
  const found = body instanceof UnparsedAnswer ? readItems(body.text, index) : [];
  if (found.length !== asked.length) {
    throw new SluiceError(
      'SLUICE_SINK_UNAVAILABLE',
      `The answer (HTTP ${status}) to a request to ${purpose} did not come from OpenSearch`,
      { hint: 'Is there a proxy or another service at that address?' },
    );
  }
  let next = 0;
  return places.map(({ id, routing }) => {
    if (id === '') return null;
    next += 1;
    const held = found[next - 1] ?? null;
    // A routing picks a shard, and there OpenSearch finds the id whatever it was routed by.
    return held === null || held.routing !== routing ? null : { version: held.version, body: held.body };
  });
}

interface FoundDocument extends HeldBody {
  readonly routing: string | null;
}

function readItems(text: string, index: string): readonly (FoundDocument | null)[] {
  const docs = memberSpans(text, 0).get('docs');
  if (docs === undefined || text[docs.from] !== '[') return [];
  return itemSpans(text, docs.from).map((item) => readItem(text, item, index));
}

function readItem(text: string, item: TextSpan, index: string): FoundDocument | null {
  const members = memberSpans(text, item.from);
  const member = (name: string) => {
    const span = members.get(name);
    return span === undefined ? null : text.slice(span.from, span.to);
  };
  const error = member('error');
  if (error !== null) {
    throw documentError(serverReason({ error: JSON.parse(error) }), `read documents of ${index}`);
  }
  if (member('found') !== 'true') return null;
  const [version, body] = [member('_version'), member('_source')];
  if (version === null || body === null) {
    throw new SluiceError('SLUICE_SINK_REFUSED', `OpenSearch keeps no source of the documents in ${index}`, {
      hint: 'Remove `_source` from the settings or the ingest pipeline that switch it off.',
    });
  }
  const routing = member('_routing');
  return { version: BigInt(version), body, routing: routing === null ? null : String(JSON.parse(routing)) };
}
