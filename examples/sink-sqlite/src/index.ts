import { resolve } from 'node:path';
import type { Plugin } from '@sluice/core';
import { z } from 'zod';
import { createSqliteSink } from './sqlite-sink.ts';
import { openStore } from './store.ts';

const options = z.strictObject({
  /** The database file, relative to the configuration. Made where it is missing. */
  file: z.string().min(1),
});

const plugin: Plugin<'sink', z.output<typeof options>> = {
  api: 1,
  kind: 'sink',
  name: 'sqlite',
  summary: 'Documents in a SQLite file, with full-text search',
  options,
  create: (context, { file }) =>
    createSqliteSink(openStore(resolve(context.baseDir, file), context.error), context),
};

export default plugin;
