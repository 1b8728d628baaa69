import type { DeadLetter, DeadLetterStore, Generation } from '../../src/contracts/index.ts';
import { lettersOf, type MemoryStore, place } from '../reference-sink.ts';
import { parts, type SinkMutant } from './mutant.ts';

function deadLetters(
  change: (own: DeadLetterStore, store: MemoryStore) => Partial<DeadLetterStore>,
): SinkMutant['mutate'] {
  return (sink, store) => {
    const { deadLetters: own } = parts(sink);
    return { ...sink, deadLetters: { ...own, ...change(own, store) } };
  };
}

/** Every letter passes `change` on its way out. */
function reading(change: (letter: DeadLetter) => DeadLetter): SinkMutant['mutate'] {
  return deadLetters((own) => ({
    get: async (generation, places) => (await own.get(generation, places)).map(change),
    async *list(generation, pageSize) {
      for await (const page of own.list(generation, pageSize)) yield page.map(change);
    },
  }));
}

/** One set of letters for whatever `common` takes for the same. */
function sharing(common: (generation: Generation) => Generation): SinkMutant['mutate'] {
  return deadLetters((own) => ({
    put: (generation, letters) => own.put(common(generation), letters),
    remove: (generation, upTo) => own.remove(common(generation), upTo),
    get: (generation, places) => own.get(common(generation), places),
    list: (generation, pageSize) => own.list(common(generation), pageSize),
  }));
}

export const deadLetterMutants: readonly SinkMutant[] = [
  {
    flaw: 'claims to keep dead letters and does not',
    breaks: 'what its driver claims',
    mutate: ({ deadLetters: _deadLetters, ...sink }) => sink,
  },
  {
    flaw: 'keeps dead letters in memory of its own',
    breaks: 'keeps dead letters as they were put',
    mutate: deadLetters((own) => {
      const mine = Math.random();
      const apart = (generation: Generation) => ({ ...generation, hash: String(mine) });
      return {
        put: (generation, letters) => own.put(apart(generation), letters),
        get: (generation, places) => own.get(apart(generation), places),
        list: (generation, pageSize) => own.list(apart(generation), pageSize),
      };
    }),
  },
  {
    flaw: 'loses digits of the version of a dead letter',
    breaks: 'keeps dead letters as they were put',
    mutate: reading((letter) => ({ ...letter, version: BigInt(Number(letter.version)) })),
  },
  {
    flaw: 'joins the parts of a key',
    breaks: 'keeps dead letters as they were put',
    mutate: reading((letter) => ({ ...letter, key: letter.key.join('|').split('|') })),
  },
  {
    flaw: 'keeps one dead letter for an id, whatever its routing',
    breaks: 'keeps dead letters as they were put',
    mutate: deadLetters((own) => ({
      put: (generation, letters) =>
        own.put(
          generation,
          letters.map((letter) => ({ ...letter, routing: null })),
        ),
    })),
  },
  {
    flaw: 'resolves before a dead letter is there',
    breaks: 'keeps dead letters as they were put',
    mutate: deadLetters((own) => ({
      put: async (generation, letters) => {
        void new Promise((resolve) => setTimeout(resolve, 20)).then(() => own.put(generation, letters));
        return letters.length;
      },
    })),
  },
  {
    flaw: 'forgets when a dead letter came first',
    breaks: 'keeps one dead letter for each place',
    mutate: deadLetters((own) => ({
      put: async (generation, letters) => {
        const removed = await own.remove(generation, letters);
        return (await own.put(generation, letters)) - removed;
      },
    })),
  },
  {
    flaw: 'counts every dead letter as a new one',
    breaks: 'keeps one dead letter for each place',
    mutate: deadLetters((own) => ({
      put: async (generation, letters) => {
        await own.put(generation, letters);
        return letters.length;
      },
    })),
  },
  {
    flaw: 'keeps the dead letter that came last, however old',
    breaks: 'leaves a newer dead letter alone',
    mutate: deadLetters((own, store) => ({
      put: async (generation, letters) => {
        const held = lettersOf(store, generation);
        const known = letters.filter((letter) => held.has(place(letter))).length;
        for (const letter of letters) {
          const former = held.get(place(letter));
          if (former !== undefined) held.set(place(letter), { ...former, version: letter.version });
        }
        await own.put(generation, letters);
        return letters.length - known;
      },
    })),
  },
  {
    flaw: 'removes dead letters whatever their version',
    breaks: 'removes dead letters up to a version',
    mutate: deadLetters((own) => ({
      remove: (generation, upTo) =>
        own.remove(
          generation,
          upTo.map((removal) => ({ ...removal, version: removal.version * 2n })),
        ),
    })),
  },
  {
    flaw: 'leaves a dead letter of the very version that it is to remove',
    breaks: 'removes dead letters up to a version',
    mutate: deadLetters((own) => ({
      remove: (generation, upTo) =>
        own.remove(
          generation,
          upTo.map((removal) => ({ ...removal, version: removal.version - 1n })),
        ),
    })),
  },
  {
    flaw: 'remembers what it removed, and keeps older dead letters out',
    breaks: 'removes dead letters up to a version',
    mutate: deadLetters((own) => {
      const removed = new Map<string, bigint>();
      return {
        remove: async (generation, upTo) => {
          for (const removal of upTo) removed.set(place(removal), removal.version);
          return own.remove(generation, upTo);
        },
        put: async (generation, letters) =>
          own.put(
            generation,
            letters.filter((letter) => letter.version > (removed.get(place(letter)) ?? -1n)),
          ),
      };
    }),
  },
  {
    flaw: 'keeps one set of dead letters for all generations of an index',
    breaks: 'dead letters of one generation apart',
    mutate: sharing((generation) => ({ ...generation, number: 1 })),
  },
  {
    flaw: 'lists the first page of dead letters only',
    breaks: 'lists every dead letter once',
    mutate: deadLetters((own) => ({
      async *list(generation, pageSize) {
        for await (const page of own.list(generation, pageSize)) {
          yield page;
          return;
        }
      },
    })),
  },
  {
    flaw: 'lists dead letters in pages of its own size',
    breaks: 'lists every dead letter once',
    mutate: deadLetters((own) => ({ list: (generation) => own.list(generation, 1_000) })),
  },
  {
    flaw: 'takes only so many places at once',
    breaks: 'lists every dead letter once',
    mutate: deadLetters((own) => ({
      get: (generation, places) => own.get(generation, places.slice(0, 1_000)),
    })),
  },
];
