import type { PlanDescription } from '@sluice/core';
import type { CompiledIndex } from './read/compiled.ts';

/** The statements of an index, formatted by nobody: as they run. */
export function describeIndex({ build, scan, paths }: CompiledIndex): PlanDescription {
  return {
    build,
    scan: scan({ from: true, to: true }),
    resolve: paths.map(({ table, fields, columns, direct, first }) => ({
      table,
      fields,
      columns: columns.map(({ name }) => name),
      statement: direct === null ? first : null,
    })),
  };
}
