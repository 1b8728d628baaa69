import { SluiceError } from '@sluice/core';
import type { Sample } from '@sluice/core/engine';

/** `1%`, `0.5%` or a number of documents. @throws SLUICE_USAGE */
export function parseSample(text: string): Sample {
  const [, number = '', percent = ''] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim().replaceAll('_', '')) ?? [];
  const value = Number(number);
  if (number !== '' && percent === '%' && value > 0 && value <= 100) return { share: value / 100 };
  if (number !== '' && percent === '' && Number.isSafeInteger(value) && value > 0)
    return { documents: value };
  throw new SluiceError('SLUICE_USAGE', `"${text}" is no sample.`, {
    hint: 'Write a share of the documents (`1%`) or how many (`10000`).',
  });
}

/** What a sample of so many documents without a difference says of the others, for people. */
export function describeSample(compared: number, rows: number): string {
  const what = `A sample: ${compared.toLocaleString('en-US')} of about ${rows.toLocaleString('en-US')} documents.`;
  if (compared === 0) return what;
  // The rule of three: with n right ones, a share of 3/n wrong ones would have shown 19 times of 20.
  const share = Math.min(100, (3 / compared) * 100);
  return `${what} Were ${share.toPrecision(1)} % of all wrong, evenly spread, it would show one 19 times of 20; what is rarer, or wrong in one place, it can miss.`;
}
