import type { FileDiagnostic } from '../errors/index.ts';

/** Nobody reads more, and finding the places of thousands takes long. */
const mostShown = 100;

/** What is wrong with one file, up to as much as anybody reads. */
export interface CollectedDiagnostics {
  /** @param make Called only where there is room for one more: finding a place costs. */
  add(make: () => FileDiagnostic): void;
  /** Whether anything was added. */
  any(): boolean;
  /** What was added, in that order; the last says how many more there are. */
  all(): readonly FileDiagnostic[];
}

export function collectDiagnostics(): CollectedDiagnostics {
  const shown: FileDiagnostic[] = [];
  let more = 0;
  return {
    any: () => shown.length > 0,
    add(make) {
      if (shown.length === mostShown) more += 1;
      else shown.push(make());
    },
    all() {
      const last = shown.at(-1);
      if (last === undefined || more === 0) return shown;
      const count = more === 1 ? '1 more problem' : `${more} more problems`;
      return [
        ...shown,
        {
          ...last,
          message: `The file has ${count} that are not shown.`,
          hint: 'Mend those above first.',
        },
      ];
    },
  };
}
