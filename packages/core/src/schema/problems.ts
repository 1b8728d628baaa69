import type { EntryPart, LoadedYaml } from '../config/yaml.ts';
import type { SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic } from '../errors/index.ts';

/** One thing wrong with a schema file. */
export interface Problem {
  readonly at: SourcePath;
  /** `key`: the entry's name is what is wrong. Default: its value. */
  readonly part?: EntryPart;
  readonly message: string;
  readonly hint: string;
}

/** Collects what is wrong with one schema file, so that all of it is shown at once. */
export interface Problems {
  report(problem: Problem): void;
  /** Line of an entry, for "already used on line 4". */
  line(at: SourcePath, part?: EntryPart): number;
  /** Whether anything was reported. */
  any(): boolean;
  /** What was reported, in that order; the last says how many more there are. */
  diagnostics(): readonly FileDiagnostic[];
}

/** Nobody reads more, and finding the places of thousands takes long. */
const mostShown = 100;

export function collectProblems(file: Pick<LoadedYaml, 'locate'>): Problems {
  const shown: FileDiagnostic[] = [];
  let more = 0;
  return {
    line: (at, part) => file.locate(at, part).line,
    any: () => shown.length > 0,
    report({ at, part, message, hint }) {
      if (shown.length === mostShown) {
        more += 1;
        return;
      }
      shown.push(invalid(message, hint, file.locate(at, part)));
    },
    diagnostics() {
      const last = shown.at(-1);
      if (last === undefined || more === 0) return shown;
      const count = more === 1 ? '1 more problem' : `${more} more problems`;
      return [
        ...shown,
        invalid(`The file has ${count} that are not shown.`, 'Mend those above first.', last.location),
      ];
    },
  };
}

function invalid(message: string, hint: string, location: FileDiagnostic['location']): FileDiagnostic {
  return { severity: 'error', code: 'SLUICE_SCHEMA_INVALID', message, hint, location };
}
