import { type Document, type DocumentBuilder, type IndexPlan, SluiceError } from '@sluice/core';

/**
 * The document of the row with this key, or of the table's first row where no key is given, as it
 * would be now. `body` is null where there is none.
 *
 * @throws SLUICE_USAGE where the key has another number of parts or other types, or an empty table has no first row
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
      `The key of ${plan.schema.table.schema}.${plan.schema.table.name} is made of ${plan.key.join(' and ')}; ${key.length} values were given.`,
      { hint: 'Write the values of a composite key one after the other, in this order.' },
    );
  }
  if (documents.locate === undefined) {
    throw new SluiceError(
      'SLUICE_USAGE',
      'The document builder of this configuration finds no row by its key.',
      {
        hint: 'Leave out the key to see the first one.',
      },
    );
  }
  const [place = null] = await documents.locate(plan, [key]);
  const problem = place === null ? await documents.keyProblem?.(plan, key) : null;
  if (problem != null) {
    throw new SluiceError(
      'SLUICE_USAGE',
      `${key.join(' ')} is no key of ${plan.schema.table.name}: ${problem}.`,
    );
  }
  if (place === null) return { key, id: key.join(' '), routing: null, version: 0n, body: null };
  const built = await documents.build(plan, [place]);
  const document = built.find(({ body }) => body !== null) ?? built[0];
  return document ?? { ...place, version: 0n, body: null };
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
