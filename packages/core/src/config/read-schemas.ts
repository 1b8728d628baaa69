import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { IndexSchema, SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic, SourceLocation } from '../errors/index.ts';
import { parseSchema } from '../schema/index.ts';
import { displayName, reason } from './config-document.ts';
import { pathText } from './plain-data.ts';
import { suggest } from './suggest.ts';
import { loadYaml } from './yaml.ts';

/** An index's schema, read and parsed. */
export interface ReadSchema {
  /** null where a diagnostic is an error. */
  readonly schema: IndexSchema | null;
  readonly diagnostics: readonly FileDiagnostic[];
  locate(path: SourcePath): SourceLocation;
  /** The name and text of the file, for frames; absent where it could not be read. */
  readonly source?: { readonly name: string; readonly text: string };
  /** The file as data, for a lock. */
  readonly content?: unknown;
}

/** Where an index's schema is named, and by what. */
export interface SchemaReference {
  readonly index: string;
  /** References to the environment resolved. */
  readonly file: string;
  /** As the configuration writes it. */
  readonly written: string;
  /** The place of that name. */
  readonly location: SourceLocation;
}

/** Gets the schema of an index: from its file, or out of a lock. */
export type SchemaReader = (reference: SchemaReference) => Promise<ReadSchema>;

/** Reads schema files, relative to the configuration's directory; names are shown relative to `cwd`. */
export function schemaFileReader(baseDir: string, cwd: string): SchemaReader {
  return async (reference) => {
    const file = resolve(baseDir, reference.file);
    const name = displayName(file, cwd);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      return unreadable(reference, await nearestFile(file), reason(error));
    }
    const content = loadYaml(text, name).value;
    return { ...parseSchema(text, name, reference.index), source: { name, text }, content };
  };
}

/** What to report of a schema that cannot be read. */
export function unreadable(reference: SchemaReference, near: string | null, why: string): ReadSchema {
  return {
    schema: null,
    locate: () => reference.location,
    diagnostics: [
      {
        severity: 'error',
        code: 'SLUICE_SCHEMA_NOT_FOUND',
        message: `The schema \`${reference.file}\` (\`${pathText(['indexes', reference.index, 'schema'])}\`) cannot be read: ${why}.`,
        hint:
          near === null
            ? 'Paths of schemas are relative to the configuration file.'
            : `There is ${near} in that directory: is that the one you mean?`,
        location: reference.location,
      },
    ],
  };
}

async function nearestFile(file: string): Promise<string | null> {
  const names = await readdir(dirname(file)).catch(() => []);
  return suggest(
    basename(file),
    names.filter((name) => /\.ya?ml$/.test(name)),
  );
}
