import type { Document, DocumentBuilder, IndexPlan } from '@sluice/core';

/** Must give the same text for the same body, always: documents are compared by what is in them. */
export type Transform = (plan: IndexPlan, body: string) => string;

/**
 * Another document builder whose documents pass through a function. Keys, versions and order stay as
 * they are: the promises about those are kept by the builder inside.
 */
export function transformedDocuments(builder: DocumentBuilder, transform: Transform): DocumentBuilder {
  const { explain, locate, keyProblem, describe } = builder;

  function transformed(plan: IndexPlan, documents: readonly Document[]): readonly Document[] {
    return documents.map((document) =>
      document.body === null ? document : { ...document, body: transform(plan, document.body) },
    );
  }

  return {
    build: async (plan, keys, onUnbuildable) =>
      transformed(plan, await builder.build(plan, keys, onUnbuildable)),
    absent: async (plan, places, onUnbuildable) =>
      transformed(plan, await builder.absent(plan, places, onUnbuildable)),
    async *scan(plan, range, pageSize, onUnbuildable) {
      const pages = builder.scan(plan, range, pageSize, onUnbuildable);
      for await (const page of pages) yield transformed(plan, page);
    },

    source: () => builder.source(),
    version: () => builder.version(),
    bind: (schemas) => builder.bind(schemas),
    fence: (transactions, signal) => builder.fence(transactions, signal),
    resolve: (plan, changes) => builder.resolve(plan, changes),
    split: (plan, size) => builder.split(plan, size),
    close: () => builder.close(),

    ...(explain && { explain: explain.bind(builder) }),
    ...(locate && { locate: locate.bind(builder) }),
    ...(keyProblem && { keyProblem: keyProblem.bind(builder) }),
    ...(describe && { describe: describe.bind(builder) }),
  };
}
