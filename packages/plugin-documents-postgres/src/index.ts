import { PLUGIN_API, type Plugin } from '@sluice/core';
import { PostgresDocuments } from './builder.ts';
import { type Options, optionsSchema } from './options.ts';

export { PostgresDocuments } from './builder.ts';
export { decodeId, encodeId } from './document-id.ts';
export type { Options } from './options.ts';

const plugin: Plugin<'documents', Options> = {
  api: PLUGIN_API,
  kind: 'documents',
  name: 'postgres',
  summary: 'Reads documents from Postgres, one statement for each batch of keys.',
  options: optionsSchema,
  create: ({ connection }, options) => new PostgresDocuments(connection, options),
};

export default plugin;
