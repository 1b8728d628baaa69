import { SluiceError } from '@sluice/core';

/** Tables of the capture are no longer there: what the outbox held is lost. */
export function outboxGone(missing: readonly string[], cause?: unknown): SluiceError {
  return new SluiceError(
    'SLUICE_CAPTURE_LOST',
    missing.length === 0 ? 'The outbox is gone.' : `Tables of the outbox are gone: ${missing.join(', ')}.`,
    { hint: 'They are made again, and the indexes are reconciled.', cause },
  );
}
