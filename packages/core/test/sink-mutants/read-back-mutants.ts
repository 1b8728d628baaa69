import type { HeldBody, Sink, SinkReader } from '../../src/contracts/index.ts';
import { type MemoryStore, physical } from '../reference-sink.ts';
import { parts, type SinkMutant } from './mutant.ts';

type Read = NonNullable<SinkReader['read']>;

function reading(read: (own: Read, store: MemoryStore) => Read): SinkMutant['mutate'] {
  return (sink: Sink, store: MemoryStore) => {
    const { reader } = parts(sink);
    if (reader.read === undefined) throw new Error('the reference gives bodies back');
    return { ...sink, reader: { ...reader, read: read(reader.read.bind(reader), store) } };
  };
}

/** Every document found passes `change`. */
function changingHeld(change: (held: HeldBody) => HeldBody | null): SinkMutant['mutate'] {
  return reading((own) => async (generation, places) => {
    const held = await own(generation, places);
    return held.map((one) => (one === null ? null : change(one)));
  });
}

export const readBackMutants: readonly SinkMutant[] = [
  {
    flaw: 'leaves out the places that hold nothing',
    breaks: 'reads at each place',
    mutate: reading((own) => async (generation, places) => {
      const held = await own(generation, places);
      return held.filter((one) => one !== null);
    }),
  },
  {
    flaw: 'gives documents back in an order of its own',
    breaks: 'reads at each place',
    mutate: reading(
      (own) => async (generation, places) =>
        own(
          generation,
          places.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        ),
    ),
  },
  {
    flaw: 'reads each place once, however often it was asked for',
    breaks: 'reads at each place',
    mutate: reading((own) => async (generation, places) => {
      const seen = new Set<string>();
      const held = await own(generation, places);
      return held.map((one, n) => {
        const id = places[n]?.id ?? '';
        if (seen.has(id)) return null;
        seen.add(id);
        return one;
      });
    }),
  },
  {
    flaw: 'reads versions as numbers',
    breaks: 'reads at each place',
    mutate: changingHeld((held) => ({ ...held, version: BigInt(Number(held.version)) })),
  },
  {
    flaw: 'finds a document whatever its routing',
    breaks: 'reads at each place',
    mutate: reading((own, store) => async (generation, places) => {
      const held = [...store.index(generation).held.values()];
      const exact = await own(generation, places);
      return exact.map((one, n) => {
        const { body = null, version = 0n } = held.find(({ id }) => id === places[n]?.id) ?? {};
        return one ?? (body === null ? { version, body: '{}' } : { version, body });
      });
    }),
  },
  {
    flaw: 'reads what a search would find',
    breaks: 'reads what was written a moment ago',
    mutate: reading((own, store) => {
      const searchable = new Map<string, readonly (HeldBody | null)[]>();
      return async (generation, places) => {
        const name = `${physical(generation)}/${JSON.stringify(places)}`;
        const found = searchable.get(name) ?? (await own(generation, places));
        await store.ask();
        searchable.set(name, found);
        return found;
      };
    }),
  },
  {
    flaw: 'reads any index that holds the id',
    breaks: 'reads what was written a moment ago',
    mutate: reading((own, store) => async (generation, places) => {
      const exact = await own(generation, places);
      return exact.map((one, n) => {
        if (one !== null) return one;
        for (const { held } of store.indexes.values()) {
          for (const { id, version, body } of held.values()) {
            if (id === places[n]?.id && body !== null) return { version, body };
          }
        }
        return null;
      });
    }),
  },
  {
    flaw: 'reads by ids as a URL writes them',
    breaks: 'reads unusual ids',
    mutate: reading(
      (own) => (generation, places) =>
        own(
          generation,
          places.map((one) => ({ ...one, id: encodeURIComponent(one.id) })),
        ),
    ),
  },
  {
    flaw: 'parses bodies on their way back',
    breaks: 'reads bodies back',
    mutate: changingHeld((held) => ({ ...held, body: JSON.stringify(JSON.parse(held.body)) })),
  },
  {
    flaw: 'reads the first thousand places only',
    breaks: 'reads many places',
    mutate: reading((own) => async (generation, places) => {
      const held = await own(generation, places.slice(0, 1_000));
      return places.map((_place, n) => held[n] ?? null);
    }),
  },
  {
    flaw: 'cuts large bodies',
    breaks: 'reads many places',
    mutate: changingHeld((held) => ({ ...held, body: held.body.slice(0, 100_000) })),
  },
];
