import type { RecordStore, Sink, StoredRecord } from '../../src/contracts/index.ts';
import type { MemoryStore } from '../reference-sink.ts';
import { parts, type SinkMutant } from './mutant.ts';

function records(
  change: (records: RecordStore, store: MemoryStore) => Partial<RecordStore>,
): (sink: Sink, store: MemoryStore) => Sink {
  return (sink, store) => {
    const { records: own } = parts(sink);
    return { ...sink, records: { ...own, ...change(own, store) } };
  };
}

/** Whatever revision the record has. */
function revisionOf(store: MemoryStore, id: string): string | null {
  const held = store.records.get(id);
  return held === undefined ? null : String(held.revision);
}

export const recordMutants: readonly SinkMutant[] = [
  {
    flaw: 'keeps records in the instance that made them',
    breaks: 'lists a record, with its revision',
    mutate: records((own, store) => {
      const mine = new Set<string>();
      return {
        put: (id, value, expected) => {
          mine.add(id);
          return own.put(id, value, expected);
        },
        list: async () => (await own.list()).filter(({ id }) => mine.has(id) && store.records.has(id)),
      };
    }),
  },
  {
    flaw: 'lists a record without the revision that put gave',
    breaks: 'lists a record, with its revision',
    mutate: records((own) => ({
      list: async () => (await own.list()).map((record) => ({ ...record, revision: '0' })),
    })),
  },
  {
    flaw: 'stores the text of values',
    breaks: 'lists a record, with its revision',
    mutate: records((own) => ({
      put: (id, value, expected) => own.put(id, JSON.stringify(value), expected),
    })),
  },
  {
    flaw: 'overwrites a record that should be new',
    breaks: 'does not store a new record where there is one',
    mutate: records((own, store) => ({
      put: (id, value, expected) => own.put(id, value, expected ?? revisionOf(store, id)),
    })),
  },
  {
    flaw: 'does not compare revisions',
    breaks: 'changes a record from the revision it has',
    mutate: records((own, store) => ({
      put: (id, value, expected) => own.put(id, value, expected === null ? null : revisionOf(store, id)),
    })),
  },
  {
    flaw: 'takes the value for the revision',
    breaks: 'changes a record from the revision it has',
    mutate: records((own, store) => ({
      list: async () =>
        (await own.list()).map((one): StoredRecord => ({ ...one, revision: text(store, one.id) })),
      put: async (id, value, expected) => {
        const current = store.records.has(id) ? text(store, id) : null;
        if (current !== expected) return null;
        await own.put(id, value, revisionOf(store, id));
        return text(store, id);
      },
    })),
  },
  {
    flaw: 'makes a record that it should have changed',
    breaks: 'changes a record from the revision it has',
    mutate: records((own, store) => ({
      put: (id, value, expected) => own.put(id, value, store.records.has(id) ? expected : null),
    })),
  },
  {
    flaw: 'removes whatever revision a record has',
    breaks: 'removes a record at the revision it has',
    mutate: records((own, store) => ({
      remove: (id, expected) => own.remove(id, revisionOf(store, id) ?? expected),
    })),
  },
  {
    flaw: 'says that it removed what was not there',
    breaks: 'removes a record at the revision it has',
    mutate: records((own, store) => ({
      remove: async (id, expected) => !store.records.has(id) || (await own.remove(id, expected)),
    })),
  },
  {
    flaw: 'counts the revisions of a record made anew from one',
    breaks: 'removes a record at the revision it has',
    mutate: records((_own, store) => ({
      put: async (id, value, expected) => {
        await store.ask();
        if (revisionOf(store, id) !== expected) return null;
        const revision = (store.records.get(id)?.revision ?? 0) + 1;
        store.records.set(id, { json: JSON.stringify(value), revision });
        return String(revision);
      },
    })),
  },
  {
    flaw: 'compares first and stores a moment later',
    breaks: 'loses no update',
    mutate: records((_own, store) => ({
      put: async (id, value, expected) => {
        await store.ask();
        if (revisionOf(store, id) !== expected) return null;
        await store.ask();
        const revision = store.nextRevision();
        store.records.set(id, { json: JSON.stringify(value), revision });
        return String(revision);
      },
    })),
  },
  {
    flaw: 'makes a record once, and compares a change of it a moment before it is stored',
    breaks: 'loses no update',
    mutate: records((own, store) => ({
      put: async (id, value, expected) => {
        if (expected === null) return own.put(id, value, expected);
        if (revisionOf(store, id) !== expected) return null;
        await store.ask();
        const revision = store.nextRevision();
        store.records.set(id, { json: JSON.stringify(value), revision });
        return String(revision);
      },
    })),
  },
  {
    flaw: 'reads by its id what it has seen of a record before',
    breaks: 'reads records by their ids',
    mutate: records((own) => {
      const seen = new Map<string, StoredRecord>();
      return {
        read: async (ids) => {
          for (const record of (await own.read?.(ids)) ?? []) {
            if (!seen.has(record.id)) seen.set(record.id, record);
          }
          return ids.flatMap((id) => seen.get(id) ?? []);
        },
      };
    }),
  },
  {
    flaw: 'reads every record, whatever the ids',
    breaks: 'reads records by their ids',
    mutate: records((own) => ({ read: () => own.list() })),
  },
  {
    flaw: 'lists the first hundred records',
    breaks: 'lists every record',
    mutate: records((own) => ({ list: async () => (await own.list()).slice(0, 100) })),
  },
];

function text(store: MemoryStore, id: string): string {
  return store.records.get(id)?.json ?? '';
}
