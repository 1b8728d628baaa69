import type { GenerationRecord } from './generation-record.ts';

/** A record that starts over: everything is scanned again, and what is gone is removed. */
export function restarted(record: GenerationRecord, reason: string): GenerationRecord {
  if (isUntouched(record)) return record;
  return {
    ...record,
    scan: { kind: 'reconcile', reason, boundaries: null, finished: [], rows: record.scan?.rows ?? 0 },
    requested: null,
  };
}

/** Nothing was ever written to it. */
export function isUntouched(record: GenerationRecord): boolean {
  return !record.seeded && record.capture.identity === '';
}
