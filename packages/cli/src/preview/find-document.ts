import {
  type Document,
  type DocumentBuilder,
  type IndexPlan,
  type RowValues,
  SluiceError,
} from '@sluice/core';

/**
 * The document of the row with this key, or of the table's first row where no key is given, as it
 * would be now. `body` is null where there is none.
 *
 * @throws SLUICE_USAGE where the key has another number of parts, or an empty table has no first row
 */
export async function findDocument(
  documents: DocumentBuilder,
  plan: IndexPlan,
  key: readonly string[],
): Promise<Document> {
  if (key.length === 0) return firstDocument(documents, plan);
  if (key.length !== plan.key.length) {
    throw new SluiceError(
      'SLUICE_USAGE',
      `The key of ${plan.schema.table.schema}.${plan.schema.table.name} has ${plan.key.length} parts, and ${key.length} were given.`,
      { hint: `Write them in this order: ${plan.key.join(' ')}.` },
    );
  }
  const after: RowValues = Object.fromEntries(plan.key.map((column, part) => [column, key[part] ?? null]));
  const change = { table: plan.schema.table, operation: 'insert', after } as const;
  for await (const keys of documents.resolve(plan, [change])) {
    const built = await documents.build(plan, keys);
    // A row that now lies elsewhere is removed from one place and written to the other.
    const document = built.find(({ body }) => body !== null) ?? built[0];
    if (document !== undefined) return document;
  }
  return { key, id: key.join(','), routing: null, version: 0n, body: null };
}

async function firstDocument(documents: DocumentBuilder, plan: IndexPlan): Promise<Document> {
  for await (const [document] of documents.scan(plan, { from: null, to: null }, 1)) {
    if (document !== undefined) return document;
  }
  const { schema, name } = plan.schema.table;
  throw new SluiceError('SLUICE_USAGE', `No row of ${schema}.${name} becomes a document of this index.`, {
    hint: 'The table is empty, or the filters leave out all of its rows.',
  });
}
