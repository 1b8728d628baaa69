import type { CoverageNotice } from '@sluice/core';
import { type CaptureNames, inSchema } from '../ddl/names.ts';
import type { CoreState } from './state.ts';

/** Whoever reads also vacuums the outbox, and compacts it: only its owner may. */
export function keptSmall({ owned }: CoreState, names: CaptureNames): readonly CoverageNotice[] {
  if (owned) return [];
  return [
    {
      message: `The outbox ${inSchema(names, 'outbox')} belongs to another role: it is vacuumed by autovacuum alone, and never compacted.`,
      hint: 'Under thousands of changes a second it takes tens of megabytes; let the reading role own it.',
    },
  ];
}
