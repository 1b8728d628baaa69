import { z } from 'zod';

/** What `sinks.<name>` takes with `plugin: stdout`. */
export const stdoutOptions = z.strictObject({
  /** `ndjson`: one JSON object per line. */
  format: z.literal('ndjson').default('ndjson'),
});

export type StdoutOptions = z.output<typeof stdoutOptions>;
