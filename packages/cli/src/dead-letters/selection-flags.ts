import { Args, Flags } from '@oclif/core';

/** Which letters a command is about. */
export const selectionArgs = {
  index: Args.string({ description: 'Only those of this index.' }),
  key: Args.string({
    description: 'Only that of this row; all values of its key where it is made of several columns.',
  }),
};

export const selectionFlags = {
  all: Flags.boolean({ summary: 'Those of every index.', env: 'SLUICE_DEAD_LETTERS_ALL' }),
};
