import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, relative } from 'node:path';
import type { SourcePath } from '../contracts/index.ts';
import { type FileDiagnostic, isSluiceError, SluiceError, type SourceLocation } from '../errors/index.ts';
import { importConfig } from './find-config.ts';
import { isMapping } from './plain-data.ts';
import { type EntryPart, loadYaml } from './yaml.ts';

/** A configuration file as data, before anything in it is resolved or judged. */
export interface ConfigDocument {
  /** Absolute. */
  readonly file: string;
  /** As messages name it. */
  readonly name: string;
  readonly baseDir: string;
  readonly value: unknown;
  /** null for a module: its data has no places. */
  readonly text: string | null;
  locate(path: SourcePath, part?: EntryPart): SourceLocation;
  readonly diagnostics: readonly FileDiagnostic[];
  readonly wellFormed: boolean;
}

/**
 * Reads a configuration file by its extension: a module, the `sluice` key of a package.json, or
 * YAML (of which JSON is a part).
 *
 * @throws SLUICE_CONFIG_NOT_FOUND where it cannot be read, SLUICE_CONFIG_SYNTAX where a module fails.
 */
export async function readConfigDocument(file: string, cwd: string): Promise<ConfigDocument> {
  const common = { file, name: displayName(file, cwd), baseDir: dirname(file) };
  if (['.js', '.mjs', '.cjs'].includes(extname(file)))
    return { ...common, ...(await readModule(file, common.name)) };

  const text = await readText(file);
  const yaml = loadYaml(text, common.name);
  if (basename(file) !== 'package.json') return { ...yaml, ...common };
  return {
    ...yaml,
    ...common,
    value: isMapping(yaml.value) ? (yaml.value['sluice'] ?? null) : null,
    locate: (path, part) => yaml.locate(['sluice', ...path], part),
  };
}

/** A path as messages name it: relative where it lies under `cwd`. */
export function displayName(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll('\\', '/');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SluiceError(
      'SLUICE_CONFIG_NOT_FOUND',
      `The configuration ${file} cannot be read: ${reason(error)}.`,
      {
        hint: 'Name the file with --config or SLUICE_CONFIG.',
        cause: error,
      },
    );
  }
}

async function readModule(file: string, name: string) {
  const location = { file: name, line: 1, column: 1 };
  await readText(file);
  try {
    const value = withoutUndefined(await importConfig(file));
    return { value, text: null, locate: () => location, diagnostics: [], wellFormed: true };
  } catch (error) {
    if (isSluiceError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError('SLUICE_CONFIG_SYNTAX', `The configuration ${name} cannot be loaded: ${message}`, {
      location,
      cause: error,
    });
  }
}

/** Why a file cannot be read, in words. */
export function reason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it does not exist';
    case 'EISDIR':
      return 'it is a directory';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutUndefined(item)]),
  );
}
