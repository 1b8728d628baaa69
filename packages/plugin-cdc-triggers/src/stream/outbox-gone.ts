import { SluiceError } from '@sluice/core';
import { sqlState } from '@sluice/postgres';

/** Whether a statement failed because there is no such table, or no schema that would hold it. */
export function isMissing(error: unknown): boolean {
  const state = sqlState(error) ?? (error instanceof Error ? sqlState(error.cause) : undefined);
  return state === '42P01' || state === '3F000';
}

/** Tables of the capture are no longer there: what the outbox held is lost. */
export function outboxGone(missing: readonly string[], cause?: unknown): SluiceError {
  return new SluiceError(
    'SLUICE_CAPTURE_LOST',
    missing.length === 0 ? 'The outbox is gone.' : `Tables of the outbox are gone: ${missing.join(', ')}.`,
    { hint: 'They are made again, and the indexes are reconciled.', cause },
  );
}
