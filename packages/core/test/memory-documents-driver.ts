import type { DocumentBuilderDriver } from '../src/conformance/index.ts';
import type { DocumentBuilder } from '../src/contracts/index.ts';
import type { DocumentMutant } from './document-mutants.ts';
import { flawed } from './flawed.ts';
import { MemoryDatabase } from './memory-database.ts';
import { failingFilter, MemoryDocuments } from './memory-documents.ts';

/** The reference builder, or one with a flaw, on a database in memory. */
export function memoryDocumentsDriver(change?: DocumentMutant['change']): DocumentBuilderDriver {
  return {
    failing: failingFilter,
    async start() {
      const database = new MemoryDatabase();
      const references = new WeakMap<DocumentBuilder, MemoryDocuments>();
      return {
        ...database.source(),
        async open() {
          const reference = new MemoryDocuments(database);
          const builder = change === undefined ? reference : flawed(reference, change(reference, database));
          references.set(builder, reference);
          return builder;
        },
        async cutOff(builder) {
          const reference = references.get(builder);
          if (reference !== undefined) reference.cutOff = true;
        },
      };
    },
  };
}
