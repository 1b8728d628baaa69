import { collectDiagnostics } from '../config/collect-diagnostics.ts';
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

export function collectProblems(file: Pick<LoadedYaml, 'locate'>): Problems {
  const found = collectDiagnostics();
  return {
    line: (at, part) => file.locate(at, part).line,
    any: () => found.any(),
    report: ({ at, part, message, hint }) =>
      found.add(() => ({
        severity: 'error',
        code: 'SLUICE_SCHEMA_INVALID',
        message,
        hint,
        location: file.locate(at, part),
      })),
    diagnostics: () => found.all(),
  };
}
