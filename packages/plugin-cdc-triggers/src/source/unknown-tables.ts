import type { CaptureRequirements, CoverageNotice } from '@sluice/core';
import { tableLabel } from '@sluice/postgres';
import type { TriggerOptions } from '../options.ts';

/** Options of tables that no index reads: a misspelt one would be in its default mode without a word. */
export function unknownTables(
  { tables }: Pick<TriggerOptions, 'tables'>,
  required: CaptureRequirements,
): readonly CoverageNotice[] {
  const labels = new Set(required.tables.map(({ table }) => tableLabel(table)));
  return Object.keys(tables)
    .filter((label) => !labels.has(label))
    .map((label) => ({
      message: `The capture's option \`tables\` names ${label}, which no index that is followed reads.`,
    }));
}
