import type { JsonValue } from '@sluice/core';
import type { SluiceConfig } from '@sluice/core/config';
import type { RunSink } from '@sluice/core/container';
import { type DocumentShape, documentShape, renderShape } from './document-shape.ts';

/** What an index of the configuration will be. */
export interface CheckedIndex {
  readonly index: string;
  readonly table: string;
  readonly schema: string;
  readonly enabled: boolean;
  readonly document: DocumentShape;
  /** Settings and mapping, by sink; without those that have nothing to show. */
  readonly mapping: Readonly<Record<string, JsonValue>>;
}

/** Follows from the files and the sinks' options alone; asks no server. */
export function checkedIndexes(
  { indexes }: Pick<SluiceConfig, 'indexes'>,
  started: readonly RunSink[],
): readonly CheckedIndex[] {
  return indexes.map(({ name, schema, schemaFile, enabled, sinks }) => ({
    index: name,
    table: `${schema.table.schema}.${schema.table.name}`,
    schema: schemaFile,
    enabled,
    document: documentShape(schema),
    mapping: Object.fromEntries(
      started.flatMap((each) => {
        const described = sinks.includes(each.name) ? each.sink.describe?.(schema) : undefined;
        return described === undefined ? [] : [[each.name, described] as const];
      }),
    ),
  }));
}

/** The document's shape, two blanks in, under a line that names index, table and file. */
export function renderCheckedIndex(
  { index, table, schema, enabled, document, mapping }: CheckedIndex,
  options: { readonly mapping: boolean; readonly name: (text: string) => string },
): string {
  const head = `${options.name(index)}  ${table}, ${schema}${enabled ? '' : ', not enabled'}`;
  const body = options.mapping ? JSON.stringify(mapping, null, 2).split('\n') : [];
  return [head, ...[...renderShape(document), ...body].map((line) => `  ${line}`)].join('\n');
}
