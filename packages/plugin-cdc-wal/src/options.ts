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

/** Options of the log capture, as written beside `plugin: wal`. */
export const walOptions = z.strictObject({
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, 'A slot name has lower-case letters, digits and _ only, 63 at most.')
    .optional()
    .describe('Replication slot. Default: sluice, with the prefix after it.'),
  publication: z
    .string()
    .min(1)
    .refine((name) => Buffer.byteLength(name) <= 63, 'A publication name has 63 bytes at most.')
    .optional()
    .describe('Publication. Default: named like the slot.'),
  wal_sender_timeout: duration('10s', 1000).describe(
    'After this long without a word from Sluice the server frees the slot for another process.',
  ),
  poll_interval: duration('60s', 1).describe(
    'How often identities and partitions are looked at while streaming.',
  ),
  accept_loss: z
    .array(z.string().regex(/^[^.]+\..+$/, 'Name tables as schema.table.'))
    .default([])
    .describe('Tables whose moved or deleted rows need not be traced to the documents that held them.'),
});

export type WalOptions = z.output<typeof walOptions>;

export interface CaptureNames {
  readonly slot: string;
  readonly publication: string;
}

/** Names of what this deployment has in the source: `sluice`, or `sluice_<prefix>`. */
export function captureNames(
  options: Pick<WalOptions, 'slot' | 'publication'>,
  prefix: string,
): CaptureNames {
  const suffix = prefix
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  const slot = options.slot ?? `sluice${suffix === '' ? '' : `_${suffix}`}`.slice(0, 63);
  return { slot, publication: options.publication ?? slot };
}
