import { randomUUID } from 'node:crypto';
import type { SinkDriver } from '../src/conformance/index.ts';
import type {
  DeadLetter,
  DeadLetterStore,
  Document,
  DocumentReference,
  Generation,
  JsonValue,
  Sink,
  WriteReport,
} from '../src/contracts/index.ts';
import { SluiceError } from '../src/errors/index.ts';
import { encodeVersion } from '../src/version.ts';

export interface Held {
  readonly id: string;
  readonly routing: string | null;
  readonly version: bigint;
  /** null: deleted; the version stays. */
  readonly body: string | null;
}

/** Documents by place, and what users see of them while a backfill hides what is new. */
export class StoredIndex {
  readonly held = new Map<string, Held>();
  visible: ReadonlyMap<string, Held> | null = null;
}

export interface StoredRecordText {
  readonly json: string;
  readonly revision: number;
}

/** What several instances of a sink share: the smallest store that can keep every promise. */
export class MemoryStore {
  readonly indexes = new Map<string, StoredIndex>();
  readonly aliases = new Map<string, Generation>();
  readonly records = new Map<string, StoredRecordText>();
  /** By generation and place. */
  readonly deadLetters = new Map<string, Map<string, DeadLetter>>();
  readonly name = randomUUID();
  reachable = true;
  #revisions = 0;

  /** As a request to a server: others come in between, and there may be none to answer. */
  async ask(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.reachable) throw new SluiceError('SLUICE_SINK_UNAVAILABLE', 'The store does not answer');
  }

  index(generation: Generation): StoredIndex {
    const index = this.indexes.get(physical(generation));
    if (index === undefined) throw new SluiceError('SLUICE_SINK_REFUSED', `${generation.index} was not made`);
    return index;
  }

  nextRevision(): number {
    this.#revisions += 1;
    return this.#revisions;
  }
}

export function physical({ index, hash, number }: Generation): string {
  return `${index}/${hash}/${number}`;
}

export function place({ id, routing }: DocumentReference): string {
  return JSON.stringify([id, routing]);
}

/** A body that the store refuses. */
export const poison = '{"count":"not a number"}';

/** A sink that keeps every promise, in memory. */
export function createReferenceSink(store: MemoryStore, ordering: Sink['ordering']): Sink {
  return {
    ordering,
    fingerprint: (schema) => ({ fields: schema.fields.map(({ name }) => name) }),
    location: async () => store.name,

    async ensureIndex(generation) {
      await store.ask();
      if (!store.indexes.has(physical(generation))) {
        store.indexes.set(physical(generation), new StoredIndex());
      }
    },

    async write({ generation, epoch, documents, signal }) {
      signal.throwIfAborted();
      await store.ask();
      const index = store.index(generation);
      return tally(documents, (document) => {
        if (document.body === poison) return { reason: 'count is not a number' };
        const version = encodeVersion(epoch, document.version);
        const held = index.held.get(place(document));
        if (ordering === 'versioned' && held !== undefined && held.version > version) return held.version;
        const { id, routing, body } = document;
        index.held.set(place(document), { id, routing, version, body });
        return null;
      });
    },

    ...(ordering === 'versioned' && {
      async refresh(generation: Generation) {
        await store.ask();
        const index = store.index(generation);
        if (index.visible !== null) index.visible = new Map(index.held);
      },
      records: referenceRecords(store),
      generations: referenceGenerations(store),
      deadLetters: referenceDeadLetters(store),
      reader: {
        async *list(generation, pageSize) {
          await store.ask();
          const held = [...store.index(generation).held.values()].filter(({ body }) => body !== null);
          for (let at = 0; at < held.length; at += pageSize) {
            yield held.slice(at, at + pageSize).map(({ id, routing, version }) => ({ id, routing, version }));
            await store.ask();
          }
        },
        async read(generation, places) {
          await store.ask();
          const { held } = store.index(generation);
          return places.map((at) => {
            const { version, body = null } = held.get(place(at)) ?? {};
            return version === undefined || body === null ? null : { version, body };
          });
        },
      },
    }),

    close: () => Promise.resolve(),
  };
}

/** What became of one document: accepted (null), the version held in its place, or the reason of its rejection. */
export type Fate = null | bigint | { readonly reason: string };

export function tally(documents: readonly Document[], apply: (document: Document) => Fate): WriteReport {
  let accepted = 0;
  const conflicts: bigint[] = [];
  const rejected: WriteReport['rejected'][number][] = [];
  for (const document of documents) {
    const fate = apply(document);
    if (fate === null) accepted += 1;
    else if (typeof fate === 'bigint') conflicts.push(fate);
    else rejected.push({ document, reason: fate.reason, retryable: false });
  }
  const highestHeld = conflicts.length === 0 ? null : conflicts.reduce((a, b) => (a > b ? a : b));
  return { accepted, conflicts: conflicts.length, highestHeld, rejected };
}

function referenceRecords(store: MemoryStore): NonNullable<Sink['records']> {
  return {
    async list() {
      await store.ask();
      return [...store.records].map(([id, { json, revision }]) => {
        const value: JsonValue = JSON.parse(json);
        return { id, value, revision: String(revision) };
      });
    },
    async read(ids) {
      await store.ask();
      return [...store.records].flatMap(([id, { json, revision }]) =>
        ids.includes(id) ? [{ id, value: JSON.parse(json), revision: String(revision) }] : [],
      );
    },
    async put(id, value, expected) {
      await store.ask();
      const held = store.records.get(id);
      if ((held === undefined ? null : String(held.revision)) !== expected) return null;
      const revision = store.nextRevision();
      store.records.set(id, { json: JSON.stringify(value), revision });
      return String(revision);
    },
    async remove(id, expected) {
      await store.ask();
      const held = store.records.get(id);
      if (held === undefined || String(held.revision) !== expected) return false;
      return store.records.delete(id);
    },
  };
}

function referenceGenerations(store: MemoryStore): NonNullable<Sink['generations']> {
  return {
    async beginBackfill(generation) {
      await store.ask();
      const index = store.index(generation);
      index.visible ??= new Map(index.held);
    },
    async endBackfill(generation) {
      await store.ask();
      store.index(generation).visible = null;
    },
    async promote(generation) {
      await store.ask();
      store.aliases.set(generation.index, generation);
    },
    async promoted(index) {
      await store.ask();
      const generation = store.aliases.get(index);
      return generation === undefined ? null : { hash: generation.hash, number: generation.number };
    },
    async exists(generation) {
      await store.ask();
      return store.indexes.has(physical(generation));
    },
    async drop(generation) {
      await store.ask();
      const promoted = store.aliases.get(generation.index);
      if (promoted !== undefined && physical(promoted) === physical(generation)) {
        throw new SluiceError('SLUICE_SINK_REFUSED', 'The promoted generation is not dropped');
      }
      store.indexes.delete(physical(generation));
    },
    async withdraw(generation) {
      await store.ask();
      const promoted = store.aliases.get(generation.index);
      if (promoted !== undefined && physical(promoted) === physical(generation)) {
        store.aliases.delete(generation.index);
      }
    },
    async size(generation) {
      await store.ask();
      const index = store.indexes.get(physical(generation));
      if (index === undefined) return null;
      const found = [...(index.visible ?? index.held).values()].filter(({ body }) => body !== null);
      return { documents: found.length, bytes: null };
    },
  };
}

/** The letters of a generation, by place. */
export function lettersOf(store: MemoryStore, generation: Generation): Map<string, DeadLetter> {
  const letters = store.deadLetters.get(physical(generation)) ?? new Map<string, DeadLetter>();
  store.deadLetters.set(physical(generation), letters);
  return letters;
}

function referenceDeadLetters(store: MemoryStore): DeadLetterStore {
  return {
    async put(generation, letters) {
      await store.ask();
      const held = lettersOf(store, generation);
      let added = 0;
      for (const { at, ...letter } of letters) {
        const former = held.get(place(letter));
        if (former !== undefined && former.version > letter.version) continue;
        if (former === undefined) added += 1;
        const { firstAt, count } = former ?? { firstAt: at, count: 0 };
        held.set(place(letter), { ...letter, firstAt, lastAt: at, count: count + 1 });
      }
      return added;
    },
    async remove(generation, upTo) {
      await store.ask();
      const held = lettersOf(store, generation);
      const gone = upTo.filter((removal) => {
        const letter = held.get(place(removal));
        return letter !== undefined && letter.version <= removal.version && held.delete(place(removal));
      });
      return gone.length;
    },
    async get(generation, places) {
      await store.ask();
      return places.flatMap((at) => lettersOf(store, generation).get(place(at)) ?? []);
    },
    async *list(generation, pageSize) {
      await store.ask();
      const held = [...lettersOf(store, generation).values()];
      for (let at = 0; at < held.length; at += pageSize) {
        yield held.slice(at, at + pageSize);
        await store.ask();
      }
    },
  };
}

/** Drives the sinks that `make` makes on one store. */
export function memoryDriver(
  ordering: Sink['ordering'],
  make: (sink: Sink, store: MemoryStore) => Sink = (sink) => sink,
): SinkDriver {
  const store = new MemoryStore();
  const complete = ordering === 'versioned';
  return {
    claims: {
      ordering,
      records: complete,
      generations: complete,
      reader: complete,
      bodies: complete,
      recordsById: complete,
      withdrawal: complete,
      sizes: complete,
      refresh: complete,
      deadLetters: complete,
    },
    open: () => Promise.resolve(make(createReferenceSink(store, ordering), store)),
    async read(generation, at) {
      return store.indexes.get(physical(generation))?.held.get(place(at))?.body ?? null;
    },
    async search(name, at) {
      await new Promise((resolve) => setImmediate(resolve));
      const generation = store.aliases.get(name);
      const index = generation && store.indexes.get(physical(generation));
      return (index?.visible ?? index?.held)?.get(place(at))?.body ?? null;
    },
    poison,
    async interrupt() {
      store.reachable = false;
      return async () => {
        store.reachable = true;
      };
    },
  };
}
