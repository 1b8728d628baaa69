import { z } from 'zod';

/** What may stand beside `plugin: postgres` under `source.documents`. */
export const optionsSchema = z.strictObject({
  /** Connections that read documents, at most. */
  connections: z.int().min(1).max(64).default(4),
});

export type Options = z.output<typeof optionsSchema>;
