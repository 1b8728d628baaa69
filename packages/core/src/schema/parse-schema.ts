import { type LoadedYaml, loadYaml } from '../config/yaml.ts';
import type { IndexSchema, SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic, SourceLocation } from '../errors/index.ts';
import { deepestNesting, findExcess, largestFile, mostValues } from './limits.ts';
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
  if (text.length > largestFile) {
    return refused(
      file,
      `The file is larger than ${largestFile / 1024 / 1024} MiB.`,
      'A schema is a few kilobytes: is this the right file?',
    );
  }
  const loaded = load(text, file);
  if (loaded === null) {
    return refused(
      file,
      'The file is nested too deeply to be read.',
      `At most ${deepestNesting} levels are allowed.`,
    );
  }
  const locate = (path: SourcePath): SourceLocation => loaded.locate(path);
  if (!loaded.wellFormed) return { schema: null, diagnostics: loaded.diagnostics, locate };

  const problems = collectProblems(loaded);
  const excess = findExcess(loaded.value);
  if (excess !== null) {
    problems.report(
      excess.kind === 'depth'
        ? {
            at: excess.at,
            message: `The file is nested more than ${deepestNesting} levels deep.`,
            hint: 'Nest fewer joins, and use no alias inside its own anchor.',
          }
        : {
            at: excess.at,
            message: `The file holds more than ${mostValues} values.`,
            hint: 'Aliases of aliases multiply: write out what is needed.',
          },
    );
    return { schema: null, diagnostics: [...loaded.diagnostics, ...problems.found], locate };
  }
  const schema = readRoot(loaded.value, index, problems);
  const diagnostics = [...loaded.diagnostics, ...problems.found];
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

function refused(file: string, message: string, hint: string): ParsedSchema {
  const location: SourceLocation = { file, line: 1, column: 1 };
  return {
    schema: null,
    diagnostics: [{ severity: 'error', code: 'SLUICE_SCHEMA_INVALID', message, hint, location }],
    locate: () => location,
  };
}
