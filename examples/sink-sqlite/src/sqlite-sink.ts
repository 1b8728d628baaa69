import type { PluginContext, Sink } from '@sluice/core';
import { createDeadLetters } from './dead-letters.ts';
import { createTables, heldBody, heldDocuments, writeDocuments } from './documents.ts';
import { createGenerations, tableOf } from './generations.ts';
import { createRecords } from './records.ts';
import type { Store } from './store.ts';

/** Documents in a SQLite file: versions compared, generations behind a view, records beside them. */
export function createSqliteSink(store: Store, context: Pick<PluginContext, 'prefix' | 'error'>): Sink {
  const { prefix } = context;
  return {
    ordering: 'versioned',

    // Tables are the same for every schema and for all options.
    fingerprint: () => null,

    ensureIndex: async (generation) => createTables(store, tableOf(prefix, generation)),

    async write(request) {
      request.signal.throwIfAborted();
      return writeDocuments(store, tableOf(prefix, request.generation), request);
    },

    records: createRecords(store, `${prefix}sluice_records`),
    generations: createGenerations(store, context),
    reader: {
      async *list(generation, pageSize) {
        yield* heldDocuments(store, tableOf(prefix, generation), pageSize);
      },
      read: async (generation, places) =>
        places.map((place) => heldBody(store, tableOf(prefix, generation), place)),
    },

    deadLetters: createDeadLetters(store, `${prefix}sluice_dead_letters`),

    close: async () => store.close(),
  };
}
