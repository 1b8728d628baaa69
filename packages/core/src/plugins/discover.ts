import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FoundPlugin, type PluginOrigin, readManifest } from './manifest.ts';

/** Packages that the command knows of, beside those of the project. */
export interface PluginSource {
  readonly origin: 'linked' | 'installed' | 'bundled';
  /** What is not there or declares no plugin is found too, with that as its problem. */
  readonly packages: readonly KnownPackage[];
}

export interface KnownPackage {
  /** As the command knows it, should its package.json be gone. */
  readonly name: string;
  /** Absolute. */
  readonly root: string;
}

/** Everything found in one place. */
export interface SearchedPlace {
  readonly origin: PluginOrigin;
  /** For messages: `node_modules of /srv/app`. */
  readonly name: string;
  readonly plugins: readonly FoundPlugin[];
}

/** Earlier ones shadow later copies of the same package. */
const order: readonly PluginOrigin[] = ['linked', 'project', 'installed', 'bundled'];

/**
 * Looks at the package.json of every package of the project and of the given sources. Imports
 * nothing.
 *
 * @param baseDir The project: its `node_modules` and those of the directories above it.
 */
export async function discoverPlugins(
  baseDir: string,
  sources: readonly PluginSource[],
): Promise<readonly SearchedPlace[]> {
  const places = await Promise.all(
    order.map(async (origin): Promise<readonly SearchedPlace[]> => {
      if (origin === 'project') return projectPlaces(baseDir);
      const packages = sources
        .filter((source) => source.origin === origin)
        .flatMap((source) => source.packages);
      const plugins = await inTurns(packages, (known) => readKnown(known, origin));
      return [{ origin, name: `${origin} plugins`, plugins }];
    }),
  );
  return places.flat();
}

/** The nearest directory of a package, looked for as Node does, from a directory upwards. */
export async function findPackageRoot(name: string, from: string): Promise<string | null> {
  for (const modules of modulesAbove(from)) {
    const root = join(modules, name);
    if ((await readPackageJson(root)) !== null) return root;
  }
  return null;
}

/** The plugin that a directory declares; null where it declares none. */
export async function readPackage(root: string, origin: PluginOrigin): Promise<FoundPlugin | null> {
  const text = await readPackageJson(root);
  // Most packages are no plugins: they are not worth parsing.
  if (text === null || !text.includes('"sluice"')) return null;
  return readManifest(text, await realpath(root), origin);
}

async function readKnown({ name, root }: KnownPackage, origin: PluginOrigin): Promise<FoundPlugin> {
  const found = await readPackage(root, origin);
  if (found !== null) return found;
  const there = (await readPackageJson(root)) !== null;
  const problem = there ? 'its package.json declares no plugin' : `it is no longer in ${root}`;
  return { package: name, version: '', origin, root, manifest: null, problem };
}

async function projectPlaces(baseDir: string): Promise<readonly SearchedPlace[]> {
  const places = await Promise.all(
    modulesAbove(baseDir).map(async (modules): Promise<SearchedPlace | null> => {
      const roots = await packagesIn(modules);
      if (roots === null) return null;
      return {
        origin: 'project',
        name: modules,
        plugins: await readPackages(roots),
      };
    }),
  );
  const found = places.filter((place) => place !== null);
  return found.length > 0 ? found : [{ origin: 'project', name: join(baseDir, 'node_modules'), plugins: [] }];
}

function modulesAbove(directory: string): readonly string[] {
  const above: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    above.push(join(at, 'node_modules'));
    if (dirname(at) === at) return above;
  }
}

async function packagesIn(modules: string): Promise<readonly string[] | null> {
  const names = await namesIn(modules);
  if (names === null) return null;
  const roots = await Promise.all(
    names.map(async (name) => {
      if (name.startsWith('.')) return [];
      if (!name.startsWith('@')) return [join(modules, name)];
      const scoped = await namesIn(join(modules, name));
      return (scoped ?? []).map((inner) => join(modules, name, inner));
    }),
  );
  return roots.flat();
}

async function namesIn(directory: string): Promise<readonly string[] | null> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Files open at once: thousands of packages must not use up what the process may open. */
const filesAtOnce = 32;

async function readPackages(roots: readonly string[]): Promise<readonly FoundPlugin[]> {
  const read = await inTurns(roots, (root) => readPackage(root, 'project'));
  return read.filter((plugin) => plugin !== null);
}

async function inTurns<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += filesAtOnce) {
    results.push(...(await Promise.all(items.slice(at, at + filesAtOnce).map(read))));
  }
  return results;
}

/** null where there is none, or none that this user may read. */
async function readPackageJson(root: string): Promise<string | null> {
  try {
    return await readFile(join(root, 'package.json'), 'utf8');
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return (
    typeof code === 'string' && ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP'].includes(code)
  );
}
