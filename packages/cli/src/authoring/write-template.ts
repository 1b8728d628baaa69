import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core';
import type { PluginNames } from './plugin-name.ts';
import { packageJson, type TemplateKind } from './template-package.ts';

/** The templates, as they are shipped: a folder for each kind, and `shared`. */
const templates = fileURLToPath(new URL('../../templates/', import.meta.url));

export interface NewPlugin {
  readonly kind: TemplateKind;
  readonly names: PluginNames;
  /** Absolute. Made where it is missing. */
  readonly directory: string;
  /** Of Sluice: the plugin is made for it. */
  readonly version: string;
}

/**
 * Writes the package of a new plugin. A directory that holds anything is left as it is.
 *
 * @returns the files, relative to the directory.
 * @throws SLUICE_USAGE where the directory holds something, or is a file.
 */
export async function writeTemplate({
  kind,
  names,
  directory,
  version,
}: NewPlugin): Promise<readonly string[]> {
  await requireEmpty(directory);
  const files = new Map<string, string>([['package.json', packageJson(kind, names, version)]]);
  for (const folder of ['shared', kind]) {
    for (const [path, text] of await readFolder(join(templates, folder))) {
      // npm leaves a file of that name out of the package that the template is shipped in.
      files.set(path === 'gitignore' ? '.gitignore' : path, filled(text, names));
    }
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: 'wx' });
  }
  return [...files.keys()].sort();
}

async function requireEmpty(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => null);
  if (found === null) return;
  if (!found.isDirectory()) {
    throw new SluiceError('SLUICE_USAGE', `${directory} is a file.`, {
      hint: 'Name another place with --dir.',
    });
  }
  const [first] = (await readdir(directory)).filter((name) => name !== '.git');
  if (first === undefined) return;
  throw new SluiceError('SLUICE_USAGE', `${directory} is not empty: it holds ${first}.`, {
    hint: 'Nothing was written. Name another place with --dir.',
  });
}

async function readFolder(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const),
  );
}

/** The templates are valid files of a plugin `template-name` in a package `template-package`. */
function filled(text: string, { package: packageName, short }: PluginNames): string {
  return text.replaceAll('template-package', packageName).replaceAll('template-name', short);
}
