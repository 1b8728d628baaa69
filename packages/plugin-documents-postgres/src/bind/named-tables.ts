import type { Field, IndexSchema, TableName } from '@sluice/core';

/** Every table that a schema names. */
export function namedTables(schema: IndexSchema): readonly TableName[] {
  return [schema.table, ...schema.fields.flatMap(tablesOf)];
}

function tablesOf(field: Field): readonly TableName[] {
  switch (field.kind) {
    case 'object':
      return field.fields.flatMap(tablesOf);
    case 'join':
    case 'aggregate': {
      const { table, through } = field.relation;
      const nested = field.kind === 'join' ? field.fields.flatMap(tablesOf) : [];
      return [table, ...(through === null ? [] : [through.table]), ...nested];
    }
    default:
      return [];
  }
}
