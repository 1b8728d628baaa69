import type { Document, Field, Generation, IndexSchema, ScalarField, Sink, WriteReport } from '@sluice/core';
import { createOpensearchSink } from '../src/opensearch-sink.ts';
import { opensearchOptions } from '../src/options.ts';

/** A sink at `url` whose names begin with `prefix`; `options` as in sluice.yaml. */
export function openSink(url: string, prefix: string, options: Record<string, unknown> = {}): Sink {
  return createOpensearchSink({ prefix, baseDir: '/' }, opensearchOptions.parse({ url, ...options }));
}

export function schema(fields: readonly Field[], more: Partial<IndexSchema> = {}): IndexSchema {
  return {
    index: 'users',
    table: { schema: 'public', name: 'users' },
    primaryKey: null,
    docId: null,
    routing: null,
    softDelete: null,
    filters: [],
    fields,
    settings: {},
    at: [],
    ...more,
  };
}

export function generation(fields: readonly Field[], more: Partial<Generation> = {}): Generation {
  return { index: 'users', hash: '0123456789abcdef', number: 1, schema: schema(fields), ...more };
}

export function scalar(
  name: string,
  type: ScalarField['type'],
  more: Partial<ScalarField> = {},
): ScalarField {
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
    ...more,
  };
}

/** A to-many join with the given fields. */
export function many(name: string, as: 'nested' | 'object', fields: readonly Field[]): Field {
  return {
    kind: 'join',
    name,
    relation: {
      join: 'has_many',
      table: { schema: 'public', name },
      columns: ['user_id'],
      references: null,
      through: null,
      primaryKey: null,
      filters: [],
    },
    fields,
    orderBy: [],
    limit: null,
    required: false,
    as,
    options: {},
    at: [],
  };
}

export function document(
  id: string,
  version: bigint,
  body: string | null,
  routing: string | null = null,
): Document {
  return { key: [id], id, routing, version, body };
}

export function write(
  sink: Sink,
  to: Generation,
  documents: readonly Document[],
  { epoch = 0, signal = new AbortController().signal } = {},
): Promise<WriteReport> {
  return sink.write({ generation: to, epoch, documents, signal });
}
