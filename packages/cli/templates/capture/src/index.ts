import { resolve } from 'node:path';
import type { Plugin } from '@sluice/core';
import { z } from 'zod';
import { JournalCapture } from './journal-capture.ts';

/** What `source.capture` takes beside `plugin`. Strict: a mistyped option is told, not ignored. */
const options = z.strictObject({
  /** The journal; relative to the configuration. */
  file: z.string().min(1),
  /** How often to look for new lines, in ms. */
  poll: z.int().positive().default(100),
  /** The longest time from a line to the end of its transaction, in ms. */
  commit_within: z.int().min(0).default(5_000),
});

const plugin: Plugin<'capture', z.output<typeof options>> = {
  api: 1,
  kind: 'capture',
  name: 'template-name',
  summary: 'Follows a journal that the application writes',
  options,
  create: (context, { file, poll, commit_within }) =>
    new JournalCapture(context, {
      file: resolve(context.baseDir, file),
      pollMs: poll,
      commitWithinMs: commit_within,
    }),
};

export default plugin;
