import type { IndexSchema, ScalarField, ScalarType } from '../../contracts/index.ts';

/** The schema of every index that the checks of sinks make: one field of each kind that stores tell apart. */
export function conformanceSchema(index: string): IndexSchema {
  return {
    index,
    table: { schema: 'public', name: 'conformance' },
    primaryKey: ['id'],
    docId: null,
    routing: null,
    softDelete: null,
    filters: [],
    fields: [
      scalar('title', 'text'),
      scalar('code', 'keyword'),
      scalar('count', 'long'),
      scalar('price', 'decimal'),
      scalar('data', 'json'),
    ],
    settings: {},
    at: [],
  };
}

function scalar(name: string, type: ScalarType): ScalarField {
  return {
    kind: 'scalar',
    name,
    type,
    column: name,
    required: false,
    default: null,
    transforms: [],
    options: {},
    variants: null,
    custom: null,
    at: [],
  };
}
