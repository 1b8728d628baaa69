import { SluiceError } from '@sluice/core';

/** Everything is meant only where that is said. Throws SLUICE_USAGE. */
export function requireSelection(action: string, index: string | undefined, all: boolean): void {
  const hint = 'Name an index, an index and a key, or give --all.';
  if (index === undefined && !all) {
    throw new SluiceError('SLUICE_USAGE', `It was not said which dead letters to ${action}.`, { hint });
  }
  if (index !== undefined && all) {
    throw new SluiceError('SLUICE_USAGE', 'Both an index and --all were given.', { hint });
  }
}
