import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Plugin } from '@sluice/core';
import { z } from 'zod';
import { createFileSink } from './file-sink.ts';

/** What `sinks.<name>` takes beside `plugin`. Strict: a mistyped option is told, not ignored. */
const options = z.strictObject({
  /** Where the files lie; relative to the configuration. Made where it is missing. */
  directory: z.string().min(1),
});

const plugin: Plugin<'sink', z.output<typeof options>> = {
  api: 1,
  kind: 'sink',
  name: 'template-name',
  summary: 'Appends documents to NDJSON files',
  options,
  async create(context, { directory }) {
    const path = resolve(context.baseDir, directory);
    await mkdir(path, { recursive: true });
    return createFileSink(path, context);
  },
};

export default plugin;
