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

/** What a sample without a difference says of the others, for people. */
export function describeSample({
  compared,
  listed,
  rows,
}: {
  /** Documents of the source that were compared. */
  readonly compared: number;
  /** Documents of the sink that were looked up in the source. */
  readonly listed: number;
  readonly rows: number;
}): string {
  const what = `A sample: ${compared.toLocaleString('en-US')} of about ${rows.toLocaleString('en-US')} documents.`;
  const proved = [
    ...(compared > 0 ? [`${provedShare(compared)} % of the documents missing or different`] : []),
    ...(listed > 0 ? [`${provedShare(listed)} % of what the sink holds extra`] : []),
  ];
  if (proved.length === 0) return what;
  return `${what} Were ${proved.join(', or ')}, evenly spread, it would show one 19 times of 20; what is rarer, or wrong in one place, it can miss.`;
}

const percentage = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2, roundingMode: 'ceil' });

/**
 * The rule of three: with n right ones, a share of 3/n wrong ones would have shown 19 times of 20. Rounded
 * up, so that it never claims more than was proved.
 */
function provedShare(right: number): string {
  return percentage.format(Math.min(100, 300 / right));
}
