import { z } from 'zod';

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const bytes = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

const durationForm = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const sizeForm = /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/;

/** `200ms`, `10s`, `5m`, `1h`, `7d` in ms, rounded; null for any other text. */
export function parseDuration(text: string): number | null {
  return parse(text, durationForm, milliseconds);
}

/** `512B`, `64KiB`, `10MiB`, `1GiB`, `2TB` in bytes, rounded; null for any other text. */
export function parseByteSize(text: string): number | null {
  return parse(text, sizeForm, bytes);
}

/** `512 B`, `1.5 MiB`, `8 GiB`: for people. */
export function formatByteSize(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = size;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${Number(value.toFixed(value < 10 && unit > 0 ? 1 : 0))} ${units[unit]}`;
}

/** `900 ms`, `12 s`, `5 min`, `3.5 h`, `2 days`: for people. */
export function formatAge(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Number((ms / 3_600_000).toFixed(1))} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

/** An option written with a unit of time (`200ms`, `10s`, `5m`, `1h`); the value is in ms. */
export function duration() {
  const error = 'must be a duration with its unit, such as `200ms`, `10s`, `5m` or `1h`';
  return withUnit(parseDuration, durationForm, error);
}

/** An option written with a unit of size (`64KiB`, `10MiB`, `1GiB`); the value is in bytes. */
export function byteSize() {
  const error = 'must be a size with its unit, such as `64KiB`, `10MiB` or `1GiB`';
  return withUnit(parseByteSize, sizeForm, error);
}

function withUnit(parseText: (text: string) => number | null, form: RegExp, error: string) {
  return z
    .string({ error })
    .regex(form, { error })
    .transform((text, context) => {
      const value = parseText(text);
      if (value !== null) return value;
      context.addIssue({ code: 'custom', message: 'is larger than Sluice can count' });
      return z.NEVER;
    });
}

function parse(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | null {
  const [, amount, unit] = form.exec(text) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (amount === undefined || factor === undefined) return null;
  const value = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(value) ? value : null;
}
