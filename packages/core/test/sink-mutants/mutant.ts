import type { Document, Sink, WriteReport, WriteRequest } from '../../src/contracts/index.ts';
import { encodeVersion } from '../../src/version.ts';
import { type Fate, type Held, type MemoryStore, place, poison, tally } from '../reference-sink.ts';

/** The reference sink with one flaw. */
export interface SinkMutant {
  /** Completes the sentence "A sink is found out that …". */
  readonly flaw: string;
  /** Part of the name of the check that must fail. */
  readonly breaks: string;
  readonly ordering?: Sink['ordering'];
  readonly mutate: (sink: Sink, store: MemoryStore) => Sink;
}

/** Every document passes `change` on its way to the sink; the report speaks of the ones given. */
export function changing(change: (document: Document) => Document): SinkMutant['mutate'] {
  return (sink) => ({
    ...sink,
    write: (request) => sink.write({ ...request, documents: request.documents.map(change) }),
  });
}

/** The body passes `change`; null stays null. */
export function changingBody(change: (body: string) => string): SinkMutant['mutate'] {
  return changing((document) => ({
    ...document,
    body: document.body === null ? null : change(document.body),
  }));
}

export function reporting(
  change: (report: WriteReport, request: WriteRequest) => WriteReport,
): SinkMutant['mutate'] {
  return (sink) => ({ ...sink, write: async (request) => change(await sink.write(request), request) });
}

export interface Decision {
  readonly document: Document;
  readonly version: bigint;
  readonly held: Held | undefined;
  /** Holds the document, at another version where one is given. */
  readonly store: (version?: bigint) => null;
  readonly forget: () => null;
}

/** A write in which `decide` says what becomes of a document, in place of the reference's rule. */
export function deciding(decide: (decision: Decision) => Fate): SinkMutant['mutate'] {
  return (sink, store) => ({
    ...sink,
    async write({ generation, epoch, documents, signal }) {
      signal.throwIfAborted();
      await store.ask();
      const { held } = store.index(generation);
      return tally(documents, (document) => {
        if (document.body === poison) return { reason: 'refused' };
        const { id, routing, body } = document;
        const own = encodeVersion(epoch, document.version);
        return decide({
          document,
          version: own,
          held: held.get(place(document)),
          store: (version = own) => {
            held.set(place(document), { id, routing, version, body });
            return null;
          },
          forget: () => {
            held.delete(place(document));
            return null;
          },
        });
      });
    },
  });
}

/** The reference's parts that a sink may do without, which it does not. */
export function parts(
  sink: Sink,
): Required<Pick<Sink, 'records' | 'generations' | 'reader' | 'deadLetters'>> {
  const { records, generations, reader, deadLetters } = sink;
  if (
    records === undefined ||
    generations === undefined ||
    reader === undefined ||
    deadLetters === undefined
  ) {
    throw new Error('the reference has every part');
  }
  return { records, generations, reader, deadLetters };
}
