import { loadYaml } from '../config/yaml.ts';
import type { IndexSchema, SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic, SourceLocation } from '../errors/index.ts';
import { findExcess } from './limits.ts';
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
  const loaded = loadYaml(text, file);
  const locate = (path: SourcePath): SourceLocation => loaded.locate(path);
  if (!loaded.wellFormed) {
    return { schema: null, diagnostics: loaded.diagnostics, locate };
  }

  const problems = collectProblems(loaded);
  const excess = findExcess(loaded.value);
  if (excess !== null) problems.report(excess);
  const schema = excess === null ? readRoot(loaded.value, index, problems) : null;
  const diagnostics = [...loaded.diagnostics, ...problems.diagnostics()];
  const valid = diagnostics.every((diagnostic) => diagnostic.severity !== 'error');
  return { schema: valid ? schema : null, diagnostics, locate };
}
