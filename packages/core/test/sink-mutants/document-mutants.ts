import { setTimeout as delay } from 'node:timers/promises';
import type { JsonValue, WriteRequest } from '../../src/contracts/index.ts';
import { SluiceError } from '../../src/errors/index.ts';
import { physical, place, poison, StoredIndex } from '../reference-sink.ts';
import { changing, changingBody, deciding, parts, reporting, type SinkMutant } from './mutant.ts';

export const documentMutants: readonly SinkMutant[] = [
  {
    flaw: 'keeps no records although its driver says so',
    breaks: 'what its driver claims',
    mutate: ({ records: _records, ...sink }) => sink,
  },
  {
    flaw: 'makes an index anew that is there',
    breaks: 'makes an index once',
    mutate: (sink, store) => ({
      ...sink,
      async ensureIndex(generation) {
        store.indexes.set(physical(generation), new StoredIndex());
      },
    }),
  },
  {
    flaw: 'acknowledges before the store holds anything',
    breaks: 'as soon as write resolves',
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        void delay(20).then(() => sink.write(request));
        return { accepted: request.documents.length, conflicts: 0, highestHeld: null, rejected: [] };
      },
    }),
  },
  {
    flaw: 'sends what it gathered when it is closed',
    breaks: 'as soon as write resolves',
    mutate: (sink) => {
      const gathered: WriteRequest[] = [];
      return {
        ...sink,
        async write(request) {
          gathered.push(request);
          return { accepted: request.documents.length, conflicts: 0, highestHeld: null, rejected: [] };
        },
        async close() {
          for (const request of gathered) await sink.write(request);
        },
      };
    },
  },
  {
    flaw: 'holds the first state of a document for good',
    breaks: 'as soon as write resolves',
    mutate: deciding(({ held, store }) => (held === undefined ? store() : null)),
  },
  {
    flaw: 'merges a document into the one before',
    breaks: 'replaces a document as a whole',
    mutate: (sink, store) => ({
      ...sink,
      write: (request) =>
        sink.write({
          ...request,
          documents: request.documents.map((document) => {
            const before = store.index(request.generation).held.get(place(document))?.body ?? '{}';
            if (document.body === null || document.body === poison) return document;
            return {
              ...document,
              body: JSON.stringify({ ...JSON.parse(before), ...JSON.parse(document.body) }),
            };
          }),
        }),
    }),
  },
  {
    flaw: 'leaves deleted documents in place',
    breaks: 'deletes a document',
    mutate: deciding(({ document, store }) => (document.body === null ? null : store())),
  },
  {
    flaw: 'rejects the delete of what is not there',
    breaks: 'deletes a document',
    mutate: deciding(({ document, held, store }) =>
      document.body === null && held === undefined ? { reason: 'not found' } : store(),
    ),
  },
  {
    flaw: 'loses the last document of a batch',
    breaks: 'every document of a large batch',
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        const { documents } = request;
        if (documents.length < 2) return sink.write(request);
        const report = await sink.write({ ...request, documents: documents.slice(0, -1) });
        return { ...report, accepted: report.accepted + 1 };
      },
    }),
  },
  {
    flaw: 'writes the first thousand documents of a batch',
    breaks: 'every document of a large batch',
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        const { documents } = request;
        const report = await sink.write({ ...request, documents: documents.slice(0, 1_000) });
        return { ...report, accepted: report.accepted + Math.max(0, documents.length - 1_000) };
      },
    }),
  },
  {
    flaw: 'cuts long bodies',
    breaks: 'every document of a large batch',
    mutate: changingBody((body) => (body.length > 65_536 ? '{}' : body)),
  },
  {
    flaw: 'trims ids',
    breaks: 'under exactly its id',
    mutate: changing((document) => ({ ...document, id: document.id.trim() })),
  },
  {
    flaw: 'normalises ids',
    breaks: 'under exactly its id',
    mutate: changing((document) => ({ ...document, id: document.id.normalize('NFC') })),
  },
  {
    flaw: 'cuts ids to 255 characters',
    breaks: 'under exactly its id',
    mutate: changing((document) => ({ ...document, id: document.id.slice(0, 255) })),
  },
  {
    flaw: 'drops digits by parsing bodies',
    breaks: 'every digit of a number',
    mutate: changingBody((body) => JSON.stringify(JSON.parse(body))),
  },
  {
    flaw: 'drops null values',
    breaks: 'null and empty values',
    mutate: changingBody((body) =>
      JSON.stringify(
        Object.fromEntries(Object.entries<JsonValue>(JSON.parse(body)).filter(([, value]) => value !== null)),
      ),
    ),
  },
  {
    flaw: 'skips documents without fields',
    breaks: 'an object without fields',
    mutate: deciding(({ document, store }) => (document.body === '{}' ? null : store())),
  },
  {
    flaw: 'takes line breaks out of bodies with the spaces of strings',
    breaks: 'escaped and unescaped characters',
    mutate: changingBody((body) => body.replaceAll(/\s+/g, '')),
  },
  {
    flaw: 'forgets where a document lies',
    breaks: 'where its routing leads',
    mutate: changing((document) => ({ ...document, routing: null })),
  },
  {
    flaw: 'removes a routed document from where it does not lie',
    breaks: 'where its routing leads',
    mutate: changing((document) => (document.body === null ? { ...document, routing: null } : document)),
  },
  {
    flaw: 'keeps the documents of all indexes together',
    breaks: 'one index apart from another',
    mutate: (sink, store) => {
      const [shared = new StoredIndex()] = store.indexes.values();
      return {
        ...sink,
        async ensureIndex(generation) {
          const [first = shared] = store.indexes.values();
          store.indexes.set(physical(generation), first);
        },
      };
    },
  },
  {
    flaw: 'mixes up writes that run at once',
    breaks: 'takes several writes at once',
    mutate: (sink) => {
      let current: WriteRequest['documents'] = [];
      return {
        ...sink,
        async write(request) {
          current = request.documents;
          await delay(1);
          return sink.write({ ...request, documents: current });
        },
      };
    },
  },
];

export const refusalMutants: readonly SinkMutant[] = [
  {
    flaw: 'rejects silently',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report) => ({
      ...report,
      accepted: report.accepted + report.rejected.length,
      rejected: [],
    })),
  },
  {
    flaw: 'leaves refused documents out of the report',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report) => ({ ...report, rejected: [] })),
  },
  {
    flaw: 'rejects a whole batch for one document',
    breaks: 'reports each document that the store refuses',
    mutate: (sink) => ({
      ...sink,
      write: (request) =>
        request.documents.some(({ body }) => body === poison)
          ? Promise.resolve({
              accepted: 0,
              conflicts: 0,
              highestHeld: null,
              rejected: request.documents.map((document) => ({
                document,
                reason: 'refused',
                retryable: false,
              })),
            })
          : sink.write(request),
    }),
  },
  {
    flaw: 'throws for one refused document',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report) => {
      if (report.rejected.length > 0) throw new SluiceError('SLUICE_SINK_REFUSED', 'refused');
      return report;
    }),
  },
  {
    flaw: 'gives no reason',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report) => ({
      ...report,
      rejected: report.rejected.map((one) => ({ ...one, reason: '' })),
    })),
  },
  {
    flaw: 'has refused documents tried for ever',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report) => ({
      ...report,
      rejected: report.rejected.map((one) => ({ ...one, retryable: true })),
    })),
  },
  {
    flaw: 'blames the wrong document',
    breaks: 'reports each document that the store refuses',
    mutate: reporting((report, { documents }) => ({
      ...report,
      rejected: report.rejected.map((one, n) => ({ ...one, document: documents[n] ?? one.document })),
    })),
  },
  {
    flaw: 'removes what it holds where a newer state is refused',
    breaks: 'leaves what it holds alone',
    mutate: (sink, store) => ({
      ...sink,
      async write(request) {
        const report = await sink.write(request);
        for (const { document } of report.rejected) {
          store.index(request.generation).held.delete(place(document));
        }
        return report;
      },
    }),
  },
  {
    flaw: 'throws errors without a code while its store is away',
    breaks: 'while the store is unreachable',
    mutate: (sink, store) => ({
      ...sink,
      async write(request) {
        if (!store.reachable) throw new Error('ECONNREFUSED');
        return sink.write(request);
      },
    }),
  },
  {
    flaw: 'gives a store that is away up for good',
    breaks: 'while the store is unreachable',
    mutate: (sink, store) => ({
      ...sink,
      async write(request) {
        if (!store.reachable) throw new SluiceError('SLUICE_SINK_REFUSED', 'ECONNREFUSED');
        return sink.write(request);
      },
    }),
  },
  {
    flaw: 'counts documents as accepted that nobody took',
    breaks: 'while the store is unreachable',
    mutate: (sink, store) => ({
      ...sink,
      async write(request) {
        if (store.reachable) return sink.write(request);
        return { accepted: request.documents.length, conflicts: 0, highestHeld: null, rejected: [] };
      },
    }),
  },
  {
    flaw: 'says that nothing is promoted while its store is away',
    breaks: 'while the store is unreachable',
    mutate: (sink) => {
      const { generations } = parts(sink);
      return {
        ...sink,
        generations: { ...generations, promoted: (index) => generations.promoted(index).catch(() => null) },
      };
    },
  },
  {
    flaw: 'never comes back after an outage',
    breaks: 'while the store is unreachable',
    mutate: (sink, store) => {
      let broken = false;
      return {
        ...sink,
        async write(request) {
          broken ||= !store.reachable;
          if (broken) throw new SluiceError('SLUICE_SINK_UNAVAILABLE', 'The connection is gone');
          return sink.write(request);
        },
      };
    },
  },
];

export const lifeMutants: readonly SinkMutant[] = [
  {
    flaw: 'has another fingerprint every time',
    breaks: 'the same fingerprint',
    mutate: (sink) => {
      const own = Math.random();
      return { ...sink, fingerprint: () => own };
    },
  },
  {
    flaw: 'describes an index in what is no JSON',
    breaks: 'the same fingerprint',
    // The type allows no Date: whoever writes JavaScript can give one.
    mutate: (sink) => ({ ...sink, describe: () => JSON.parse('{}', () => new Date(0)) }),
  },
  {
    flaw: 'names each instance instead of the place where documents land',
    breaks: 'names the place',
    mutate: (sink) => {
      const own = String(Math.random());
      return { ...sink, location: async () => own };
    },
  },
  {
    flaw: 'names another place once something was written',
    breaks: 'names the place',
    mutate: (sink, store) => ({
      ...sink,
      location: async () => String([...store.indexes.values()].reduce((sum, { held }) => sum + held.size, 0)),
    }),
  },
  {
    flaw: 'does not look at the signal',
    breaks: "with the signal's reason, and writes nothing",
    mutate: (sink) => ({
      ...sink,
      write: (request) => sink.write({ ...request, signal: new AbortController().signal }),
    }),
  },
  {
    flaw: 'throws an error of its own for an aborted write',
    breaks: "with the signal's reason, and writes nothing",
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        if (request.signal.aborted) throw new SluiceError('SLUICE_SINK_UNAVAILABLE', 'aborted');
        return sink.write(request);
      },
    }),
  },
  {
    flaw: 'never settles a write that is aborted on its way',
    breaks: 'aborted on its way',
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        await delay(5);
        if (request.signal.aborted) await new Promise(() => undefined);
        return sink.write(request);
      },
    }),
  },
  {
    flaw: 'reports a write that it broke off as complete',
    breaks: 'aborted on its way',
    mutate: (sink) => ({
      ...sink,
      async write(request) {
        await delay(5);
        if (!request.signal.aborted) return sink.write(request);
        return { accepted: request.documents.length, conflicts: 0, highestHeld: null, rejected: [] };
      },
    }),
  },
  {
    flaw: 'throws when it is closed twice',
    breaks: 'closes, and closes again',
    mutate: (sink) => {
      let closed = false;
      return {
        ...sink,
        async close() {
          if (closed) throw new Error('closed already');
          closed = true;
        },
      };
    },
  },
  {
    flaw: 'closes what other instances use',
    breaks: 'closes, and closes again',
    mutate: (sink, store) => ({
      ...sink,
      async close() {
        store.reachable = false;
      },
    }),
  },
];
