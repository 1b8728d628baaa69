import type {
  Document,
  DocumentKey,
  NewDeadLetter,
  Observer,
  RejectedDocument,
} from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { encodeVersion } from '../../version.ts';
import { placeOf } from '../delivery/pending-keys.ts';
import type { Target } from '../generations/target.ts';

/** What becomes of a document that cannot be written: see `on_reject`. */
export type RejectPolicy = 'stop' | 'skip' | 'dead_letter';

/** A document that will never be accepted as it is. */
export interface RefusedDocument extends DocumentKey {
  readonly cause: NewDeadLetter['cause'];
  readonly reason: string;
  readonly version: bigint;
  /** null for what could not be built. */
  readonly body: string | null;
}

interface Policy {
  readonly target: Target;
  readonly policy: RejectPolicy;
}

/**
 * Does with refused documents what the policy says. Returns those that got a dead letter, once all
 * letters are durable. Throws under `stop`.
 */
export async function putAside(
  { target, policy }: Policy,
  refused: readonly RefusedDocument[],
  { observer }: { readonly observer: Required<Observer> },
): Promise<readonly RefusedDocument[]> {
  const { index } = target.generation;
  for (const document of refused) {
    const { id, reason } = document;
    observer.rejected({ index, sink: target.sink.name, id, reason, policy });
    if (policy === 'stop') throw refusal(target, document);
  }
  if (policy !== 'dead_letter' || refused.length === 0) return [];
  const { deadLetters } = target;
  if (deadLetters === null) throw noPlaceError(index, target.sink.name);
  const at = Date.now();
  const letters = refused.map(({ body: _body, ...letter }) => ({
    ...letter,
    version: encodeVersion(target.record.epoch, letter.version),
    at,
  }));
  await deadLetters.put(letters, observer);
  return refused;
}

/** Documents that the sink holds now, or newer ones: their letters have been answered. */
export async function settleLetters(
  { deadLetters, record }: Target,
  documents: readonly Document[],
  rejected: readonly RejectedDocument[],
  observer: Required<Observer>,
): Promise<void> {
  if (deadLetters === null || deadLetters.none) return;
  const out = new Set(rejected.map(({ document }) => placeOf(document)));
  const held = documents
    .filter((document) => !out.has(placeOf(document)))
    .map(({ id, routing, version }) => ({ id, routing, version: encodeVersion(record.epoch, version) }));
  await deadLetters.settle(held, observer);
}

function refusal(target: Target, { id, reason, cause }: RefusedDocument): SluiceError {
  const { index } = target.generation;
  const document = `document ${JSON.stringify(id)} of index "${index}"`;
  return cause === 'unbuildable'
    ? new SluiceError('SLUICE_DOCUMENT_UNBUILDABLE', `${document} cannot be built: ${reason}`, { hint })
    : new SluiceError('SLUICE_SINK_REJECTED', `sink "${target.sink.name}" rejected ${document}: ${reason}`, {
        hint,
      });
}

const hint =
  'Mend the row or the schema and start again: nothing was acknowledged, so nothing is lost. With `on_reject: dead_letter` such documents are put aside and listed, with `on_reject: skip` they are left out and counted.';

/** What to say where an index with `on_reject: dead_letter` goes to a sink without a place for them. */
export function noPlaceError(index: string, sink: string): SluiceError {
  return new SluiceError(
    'SLUICE_CONFIG_DEAD_LETTERS',
    `Index "${index}" has \`on_reject: dead_letter\`, and its sink "${sink}" cannot keep dead letters.`,
    {
      hint: `List only sinks that can in \`sinks\` of "${index}" (opensearch can, stdout cannot), and give "${sink}" an index of its own, with \`on_reject: stop\` or \`skip\`.`,
    },
  );
}
