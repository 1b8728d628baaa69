import type {
  Generation,
  GenerationStore,
  HeldDocument,
  Sink,
  SinkReader,
} from '../../src/contracts/index.ts';
import { SluiceError } from '../../src/errors/index.ts';
import { type MemoryStore, physical, StoredIndex } from '../reference-sink.ts';
import { parts, type SinkMutant } from './mutant.ts';

function generations(
  change: (generations: GenerationStore, store: MemoryStore) => Partial<GenerationStore>,
): SinkMutant['mutate'] {
  return (sink, store) => {
    const { generations: own } = parts(sink);
    return { ...sink, generations: { ...own, ...change(own, store) } };
  };
}

export const generationMutants: readonly SinkMutant[] = [
  {
    flaw: 'has one set of documents for all generations of an index',
    breaks: 'keeps the generations of an index apart',
    mutate: (sink, store) => ({
      ...sink,
      async ensureIndex(generation: Generation) {
        const known = [...store.indexes].find(([name]) => name.startsWith(`${generation.index}/`));
        store.indexes.set(physical(generation), known?.[1] ?? new StoredIndex());
      },
    }),
  },
  {
    flaw: 'remembers by itself what is promoted',
    breaks: 'which one is promoted, by every instance',
    mutate: generations((own) => {
      const promoted = new Map<string, Generation>();
      return {
        promote: async (generation) => {
          promoted.set(generation.index, generation);
          await own.promote(generation);
        },
        promoted: async (index) => {
          const generation = promoted.get(index);
          return generation === undefined ? null : { hash: generation.hash, number: generation.number };
        },
      };
    }),
  },
  {
    flaw: 'refreshes nothing',
    breaks: 'found by a search with refresh',
    mutate: (sink) => ({ ...sink, refresh: () => Promise.resolve() }),
  },
  {
    flaw: 'refreshes only what it wrote itself',
    breaks: 'found by a search with refresh',
    mutate: (sink, store) => {
      const own = new Set<string>();
      return {
        ...sink,
        async write(request) {
          for (const document of request.documents) own.add(document.id);
          return sink.write(request);
        },
        async refresh(generation) {
          const index = store.index(generation);
          const seen = [...index.held].filter(([, { id }]) => own.has(id));
          if (index.visible !== null) index.visible = new Map([...index.visible, ...seen]);
        },
      };
    },
  },
  {
    flaw: 'takes the newest generation for the promoted one',
    breaks: 'which one is promoted, by every instance',
    mutate: generations((own) => ({
      promoted: async (index) => {
        const promoted = await own.promoted(index);
        return promoted && { hash: 'fedcba9876543210', number: 2 };
      },
    })),
  },
  {
    flaw: 'says of every generation that it is there',
    breaks: 'which one is promoted, by every instance',
    mutate: generations(() => ({ exists: () => Promise.resolve(true) })),
  },
  {
    flaw: 'promotes a generation as soon as it is made',
    breaks: 'shows users nothing before a generation is promoted',
    mutate: (sink, store) => ({
      ...sink,
      async ensureIndex(generation) {
        await sink.ensureIndex(generation);
        store.aliases.set(generation.index, generation);
      },
    }),
  },
  {
    flaw: 'promotes the first generation for good',
    breaks: 'shows users nothing before a generation is promoted',
    mutate: generations((own, store) => ({
      promote: async (generation) => {
        if (!store.aliases.has(generation.index)) await own.promote(generation);
      },
    })),
  },
  {
    flaw: 'removes the former generation first and adds the new one then',
    breaks: 'promotes in one step',
    mutate: generations((own, store) => ({
      promote: async (generation) => {
        store.aliases.delete(generation.index);
        await store.ask();
        await own.promote(generation);
      },
    })),
  },
  {
    flaw: 'resolves before the new generation is the one that users find',
    breaks: 'promotes in one step',
    mutate: generations((own) => ({
      promote: async (generation) => {
        void new Promise((resolve) => setTimeout(resolve, 10)).then(() => own.promote(generation));
      },
    })),
  },
  {
    flaw: 'drops the promoted generation',
    breaks: 'drops a generation, and again',
    mutate: generations((_own, store) => ({
      drop: async (generation) => {
        store.indexes.delete(physical(generation));
      },
    })),
  },
  {
    flaw: 'throws where a generation was dropped already',
    breaks: 'drops a generation, and again',
    mutate: generations((own) => ({
      drop: async (generation) => {
        if (!(await own.exists(generation))) throw new SluiceError('SLUICE_SINK_REFUSED', 'not there');
        await own.drop(generation);
      },
    })),
  },
  {
    flaw: 'empties a dropped generation of documents, and keeps what it knew of deletes',
    breaks: 'drops a generation, and again',
    mutate: generations((own, store) => {
      return {
        drop: async (generation) => {
          const kept = store.indexes.get(physical(generation));
          await own.drop(generation);
          if (kept === undefined) return;
          for (const [at, held] of kept.held) if (held.body !== null) kept.held.delete(at);
          store.indexes.set(physical(generation), kept);
        },
        exists: async (generation) => {
          const held = [...(store.indexes.get(physical(generation))?.held.values() ?? [])];
          return held.some(({ body }) => body !== null);
        },
      };
    }),
  },
  {
    flaw: 'withdraws whatever generation is promoted',
    breaks: 'withdraws a generation from users',
    mutate: generations((_own, store) => ({
      withdraw: async (generation) => {
        store.aliases.delete(generation.index);
      },
    })),
  },
  {
    flaw: 'withdraws nothing',
    breaks: 'withdraws a generation from users',
    mutate: generations(() => ({ withdraw: () => Promise.resolve() })),
  },
  {
    flaw: 'drops the documents of what it withdraws',
    breaks: 'withdraws a generation from users',
    mutate: generations((own, store) => ({
      withdraw: async (generation) => {
        await own.withdraw?.(generation);
        store.index(generation).held.clear();
      },
    })),
  },
  {
    flaw: 'counts deleted documents',
    breaks: 'tells how many documents',
    mutate: generations((_own, store) => ({
      size: async (generation) => {
        const index = store.indexes.get(physical(generation));
        return index === undefined ? null : { documents: index.held.size, bytes: null };
      },
    })),
  },
  {
    flaw: 'takes a generation that is not there for an empty one',
    breaks: 'tells how many documents',
    mutate: generations((own) => ({
      size: async (generation) => (await own.size?.(generation)) ?? { documents: 0, bytes: null },
    })),
  },
  {
    flaw: 'leaves out of sight what was written during a backfill',
    breaks: 'begins and ends a backfill',
    mutate: generations(() => ({ endBackfill: () => Promise.resolve() })),
  },
  {
    flaw: 'cannot begin a backfill twice',
    breaks: 'begins and ends a backfill',
    mutate: generations((own, store) => ({
      beginBackfill: async (generation) => {
        if (store.index(generation).visible !== null) throw new SluiceError('SLUICE_SINK_REFUSED', 'begun');
        await own.beginBackfill(generation);
      },
    })),
  },
];

function reader(list: (own: SinkReader, store: MemoryStore) => SinkReader['list']): SinkMutant['mutate'] {
  return (sink: Sink, store: MemoryStore) => ({
    ...sink,
    reader: { ...parts(sink).reader, list: list(parts(sink).reader, store) },
  });
}

/** Every page passes `change`. */
function pages(change: (page: readonly HeldDocument[]) => readonly HeldDocument[]): SinkMutant['mutate'] {
  return reader(
    (own) =>
      async function* (generation, pageSize) {
        for await (const page of own.list(generation, pageSize)) yield change(page);
      },
  );
}

export const readerMutants: readonly SinkMutant[] = [
  {
    flaw: 'leaves the last page out where it is not full',
    breaks: 'lists every document once',
    mutate: reader(
      (own) =>
        async function* (generation, pageSize) {
          for await (const page of own.list(generation, pageSize)) if (page.length === pageSize) yield page;
        },
    ),
  },
  {
    flaw: 'lists deleted documents',
    breaks: 'lists every document once',
    mutate: reader(
      (_own, store) =>
        async function* (generation, pageSize) {
          const held = [...store.index(generation).held.values()];
          for (let at = 0; at < held.length; at += pageSize) yield held.slice(at, at + pageSize);
        },
    ),
  },
  {
    flaw: 'lists versions without their epoch',
    breaks: 'lists every document once',
    mutate: pages((page) => page.map((one) => ({ ...one, version: one.version & (2n ** 48n - 1n) }))),
  },
  {
    flaw: 'lists documents without their routing',
    breaks: 'lists every document once',
    mutate: pages((page) => page.map((one) => ({ ...one, routing: null }))),
  },
  {
    flaw: 'gives everything in one page',
    breaks: 'lists every document once',
    mutate: reader((own) => (generation) => own.list(generation, Number.MAX_SAFE_INTEGER)),
  },
  {
    flaw: 'lists the last document of a page again in the next one',
    breaks: 'lists every document once',
    mutate: reader(
      (_own, store) =>
        async function* (generation, pageSize) {
          const held = [...store.index(generation).held.values()].filter(({ body }) => body !== null);
          const step = Math.max(1, pageSize - 1);
          for (let at = 0; at < held.length; at += step) yield held.slice(at, at + pageSize);
        },
    ),
  },
  {
    flaw: 'lists ids as a URL writes them',
    breaks: 'lists unusual ids exactly',
    mutate: pages((page) => page.map((one) => ({ ...one, id: encodeURIComponent(one.id) }))),
  },
  {
    flaw: 'leaves out what is replaced while it lists',
    breaks: 'whatever is written meanwhile',
    mutate: reader(
      (own, store) =>
        async function* (generation, pageSize) {
          const { held } = store.index(generation);
          const latest = [...held.values()].reduce((top, { version }) => (version > top ? version : top), 0n);
          for await (const page of own.list(generation, pageSize)) {
            yield page.filter(({ id }) => (held.get(JSON.stringify([id, null]))?.version ?? 0n) <= latest);
          }
        },
    ),
  },
  {
    flaw: 'can be read by one at a time, and not again once it was left',
    breaks: 'can be left after any page',
    mutate: reader((own) => {
      let busy = false;
      return async function* (generation, pageSize) {
        if (busy) throw new SluiceError('SLUICE_SINK_UNAVAILABLE', 'someone reads already');
        busy = true;
        for await (const page of own.list(generation, pageSize)) yield page;
        busy = false;
      };
    }),
  },
];
