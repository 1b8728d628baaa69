import { type Document, type DocumentBuilder, type IndexPlan, SluiceError } from '@sluice/core';
import { sqlState } from '@sluice/postgres';

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
  const [place = null] = await documents.locate(plan, [key]).catch((error: unknown) => {
    throw keyProblem(plan, key, error) ?? error;
  });
  if (place === null) return { key, id: key.join(' '), routing: null, version: 0n, body: null };
  const built = await documents.build(plan, [place]);
  const document = built.find(({ body }) => body !== null) ?? built[0];
  return document ?? { ...place, version: 0n, body: null };
}

/** What is wrong with a key that Postgres cannot read as one; null for any other failure. */
function keyProblem(plan: IndexPlan, key: readonly string[], error: unknown): SluiceError | null {
  const cause = error instanceof Error ? error.cause : undefined;
  const state = sqlState(cause) ?? '';
  if (!(cause instanceof Error) || !/^22(?:003|007|008|P02|P03)$/.test(state)) return null;
  const type =
    /type ([a-z][a-z0-9 ]*)/.exec(cause.message)?.[1] ??
    / (smallint|integer|bigint) /.exec(cause.message)?.[1];
  const wrong = key.findIndex((value) => cause.message.includes(`"${value}"`));
  const column = plan.key[wrong === -1 && key.length === 1 ? 0 : wrong];
  const what = column === undefined ? 'a value of the key' : `the key \`${column}\``;
  const is = type === undefined ? `cannot be what was given: ${cause.message}` : `is of type ${type}`;
  return new SluiceError('SLUICE_USAGE', `${what[0]?.toUpperCase()}${what.slice(1)} ${is}.`, {
    hint: `Given: ${key.join(' ')}. The key is made of ${plan.key.join(' and ')}.`,
    cause: error,
  });
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
