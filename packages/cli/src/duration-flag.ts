import { Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';

/** A flag that takes `30s`, `500ms`, `5m`; its value is in ms. */
export const durationFlag = Flags.custom<number>({
  helpValue: '30s',
  parse: async (text) => {
    const { parseDuration } = await import('@sluice/core/config');
    const value = parseDuration(text);
    if (value !== null) return value;
    throw new SluiceError('SLUICE_USAGE', `"${text}" is not a duration.`, {
      hint: 'Write it with its unit, such as 500ms, 30s or 5m.',
    });
  },
});
