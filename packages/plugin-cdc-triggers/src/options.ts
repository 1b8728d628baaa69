import { z } from 'zod';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `200ms`, `10s`, `5m` as milliseconds. */
function duration(fallback: string, least: number) {
  return z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:ms|s|m|h)$/, 'A duration needs a unit: 200ms, 10s, 5m.')
    .default(fallback)
    .transform((text) => Number.parseFloat(text) * (units[text.replace(/^[\d.]+/, '')] ?? 1))
    .refine((value) => value >= least, `The duration is shorter than ${least} ms.`);
}

const mode = z.enum(['row', 'statement']);

/** How a table's triggers fire: for each row, or once per statement with its rows. */
export type TriggerMode = z.output<typeof mode>;

/** Options of the trigger capture, as written beside `plugin: triggers`. */
export const triggerOptions = z.strictObject({
  schema: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_]{0,39}$/,
      'A schema name for the capture has lower-case letters, digits and _ only, 40 at most.',
    )
    .optional()
    .describe('Schema of the outbox and its functions. Default: sluice, with the prefix after it.'),
  poll_interval: duration('1s', 1).describe(
    'Longest wait between two looks at the outbox. After a change the waits are short.',
  ),
  watch_interval: duration('60s', 1).describe(
    'How often triggers, functions and partitions are looked at while streaming.',
  ),
  lease: duration('10s', 1000).describe(
    'After this long without a word from the process that reads the outbox another one may take over.',
  ),
  wake: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe(
      'Whether a write wakes a sleeping reader by NOTIFY. auto: unless the server allows prepared transactions, which cannot hold a NOTIFY.',
    ),
  mode: mode
    .default('row')
    .describe('row: works for every table. statement: cheaper for bulk writes of ordinary tables.'),
  tables: z
    .record(z.string().regex(/^[^.]+\..+$/, 'Name tables as schema.table.'), z.strictObject({ mode }))
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
