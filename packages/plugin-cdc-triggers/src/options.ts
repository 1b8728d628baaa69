import { connectionConfig, connectionShape, duration } from '@sluice/core/config';
import { z } from 'zod';

function atLeast(least: number) {
  return [(value: number) => value >= least, `must be at least ${least} ms`] as const;
}

const mode = z.enum(['row', 'statement']);

/** How a table's triggers fire: for each row, or once per statement with its rows. */
export type TriggerMode = z.output<typeof mode>;

/** Options of the trigger capture, as written beside `plugin: triggers`. */
export const triggerOptions = z.strictObject({
  schema: z
    .string()
    .regex(
      /^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,39}$/,
      'A schema name for the capture has lower-case letters, digits and _ only, 40 at most, and is none of the server.',
    )
    .optional()
    .describe('Schema of the outbox and its functions. Default: sluice, with the prefix after it.'),
  poll_interval: duration()
    .refine(...atLeast(1))
    .prefault('1s')
    .describe('Longest wait between two looks at the outbox. After a change the waits are short.'),
  watch_interval: duration()
    .refine(...atLeast(1))
    .prefault('60s')
    .describe('How often triggers, functions and partitions are looked at while streaming.'),
  lease: duration()
    .refine(...atLeast(1000))
    .prefault('10s')
    .describe(
      'After this long without a word from the process that reads the outbox another one may take over.',
    ),
  wake: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Whether a write wakes a sleeping reader by NOTIFY. auto: unless the server allows prepared transactions, which cannot hold a NOTIFY.',
    ),
  listen_connection: connectionShape
    .transform(connectionConfig)
    .optional()
    .describe(
      'A direct connection to the same database, to be woken over, where the source is connected to through a transaction pooler.',
    ),
  mode: mode
    .default('row')
    .describe('row: works for every table. statement: cheaper for bulk writes of ordinary tables.'),
  tables: z
    .record(
      z.string().regex(/^[^.]+\..+$/, 'names a table without its schema: write schema.table'),
      z.strictObject({ mode }),
    )
    .default({})
    .describe('What is different for single tables, by schema.table.'),
});

export type TriggerOptions = z.output<typeof triggerOptions>;

/** The schema of this deployment: `sluice`, or `sluice_<prefix>`. */
export function captureSchema(options: Pick<TriggerOptions, 'schema'>, prefix: string): string {
  const suffix = prefix
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return options.schema ?? `sluice${suffix === '' ? '' : `_${suffix}`}`.slice(0, 40);
}
