import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FoundPlugin, type PluginOrigin, readManifest } from './manifest.ts';

/** Packages that the command knows of, beside those of the project. */
export interface PluginSource {
  readonly origin: 'linked' | 'installed' | 'bundled';
  /** Absolute directories of packages; those that are no plugins are passed over. */
  readonly packages: readonly string[];
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
      return [{ origin, name: `${origin} plugins`, plugins: await readPackages(packages, origin) }];
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

async function projectPlaces(baseDir: string): Promise<readonly SearchedPlace[]> {
  const places = await Promise.all(
    modulesAbove(baseDir).map(async (modules): Promise<SearchedPlace | null> => {
      const roots = await packagesIn(modules);
      if (roots === null) return null;
      return {
        origin: 'project',
        name: modules,
        plugins: await readPackages(roots, 'project'),
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
  const names = await readdir(modules).catch(() => null);
  if (names === null) return null;
  const roots = await Promise.all(
    names.map(async (name) => {
      if (name.startsWith('.')) return [];
      if (!name.startsWith('@')) return [join(modules, name)];
      const scoped = await readdir(join(modules, name)).catch(() => []);
      return scoped.map((inner) => join(modules, name, inner));
    }),
  );
  return roots.flat();
}

async function readPackages(roots: readonly string[], origin: PluginOrigin): Promise<readonly FoundPlugin[]> {
  const read = await Promise.all(roots.map((root) => readPackage(root, origin)));
  return read.filter((plugin) => plugin !== null);
}

async function readPackageJson(root: string): Promise<string | null> {
  // Not there, or not to be read: no plugin.
  return readFile(join(root, 'package.json'), 'utf8').catch(() => null);
}
