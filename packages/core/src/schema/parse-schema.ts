import { type LoadedYaml, loadYaml } from '../config/yaml.ts';
import type { IndexSchema, SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic, SourceLocation } from '../errors/index.ts';
import { findExcess, type Refusal, refuseText, tooDeep } from './limits.ts';
import { collectProblems } from './problems.ts';
import { readRoot } from './read-root.ts';

export interface ParsedSchema {
  /** null where the file holds an error. */
  readonly schema: IndexSchema | null;
  /** Everything wrong with the file, not just the first. */
  readonly diagnostics: readonly FileDiagnostic[];
  /** Where a node of the schema (its `at`, or a path below it) stands in the file. */
  locate(path: SourcePath): SourceLocation;
}

/**
 * Reads one `*.schema.yml`. Never throws, whatever the text holds.
 *
 * @param text the file's content
 * @param file its name, for locations
 * @param index the name that the configuration gives the index
 */
export function parseSchema(text: string, file: string, index: string): ParsedSchema {
  const refusal = refuseText(text);
  if (refusal !== null) return refused(file, refusal);
  const loaded = load(text, file);
  if (loaded === null) return refused(file, tooDeep);
  const locate = (path: SourcePath): SourceLocation => loaded.locate(path);
  if (!loaded.wellFormed) {
    const diagnostics = loaded.diagnostics.map(reword);
    return { schema: null, diagnostics, locate };
  }

  const problems = collectProblems(loaded);
  const excess = findExcess(loaded.value);
  if (excess !== null) problems.report(excess);
  const schema = excess === null ? readRoot(loaded.value, index, problems) : null;
  const diagnostics = [...loaded.diagnostics, ...problems.diagnostics()];
  const valid = diagnostics.every((diagnostic) => diagnostic.severity !== 'error');
  return { schema: valid ? schema : null, diagnostics, locate };
}

/** null: the parser ran out of stack, which only a file made for that does. */
function load(text: string, file: string): LoadedYaml | null {
  try {
    return loadYaml(text, file);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Running out of stack is the engine's word for nesting too deep, or an alias inside its anchor. */
function reword(diagnostic: FileDiagnostic): FileDiagnostic {
  return /^Maximum call stack/.test(diagnostic.message) ? { ...diagnostic, ...tooDeep } : diagnostic;
}

function refused(file: string, refusal: Refusal): ParsedSchema {
  const location: SourceLocation = { file, line: 1, column: 1 };
  return {
    schema: null,
    diagnostics: [{ severity: 'error', code: 'SLUICE_SCHEMA_INVALID', location, ...refusal }],
    locate: () => location,
  };
}
