import { readdirSync, readFileSync, realpathSync } from 'node:fs';
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
  const places = order.map((origin): readonly SearchedPlace[] => {
    if (origin === 'project') return projectPlaces(baseDir);
    const packages = sources
      .filter((source) => source.origin === origin)
      .flatMap((source) => source.packages);
    const plugins = packages.map((known) => readKnown(known, origin));
    return [{ origin, name: `${origin} plugins`, plugins }];
  });
  return places.flat();
}

/** The nearest directory of a package, looked for as Node does, from a directory upwards. */
export async function findPackageRoot(name: string, from: string): Promise<string | null> {
  const roots = modulesAbove(from).map((modules) => join(modules, name));
  return roots.find((root) => readPackageJson(root) !== null) ?? null;
}

/** The plugin that a directory declares; null where it declares none. */
export async function readPackage(root: string, origin: PluginOrigin): Promise<FoundPlugin | null> {
  return readPlugin(root, origin);
}

function readPlugin(root: string, origin: PluginOrigin): FoundPlugin | null {
  const text = readPackageJson(root);
  // Most packages are no plugins: they are not worth parsing.
  if (text === null || !text.includes('"sluice"')) return null;
  return readManifest(text.toString(), realpathSync(root), origin);
}

function readKnown({ name, root }: KnownPackage, origin: PluginOrigin): FoundPlugin {
  const found = readPlugin(root, origin);
  if (found !== null) return found;
  const there = readPackageJson(root) !== null;
  const problem = there ? 'its package.json declares no plugin' : `it is no longer in ${root}`;
  return { package: name, version: '', origin, root, manifest: null, problem };
}

function projectPlaces(baseDir: string): readonly SearchedPlace[] {
  const places = modulesAbove(baseDir).map((modules): SearchedPlace | null => {
    const roots = packagesIn(modules);
    if (roots === null) return null;
    const plugins = roots.map((root) => readPlugin(root, 'project')).filter((plugin) => plugin !== null);
    return { origin: 'project', name: modules, plugins };
  });
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

function packagesIn(modules: string): readonly string[] | null {
  const names = namesIn(modules);
  if (names === null) return null;
  return names.flatMap((name) => {
    if (name.startsWith('.')) return [];
    if (!name.startsWith('@')) return [join(modules, name)];
    return (namesIn(join(modules, name)) ?? []).map((inner) => join(modules, name, inner));
  });
}

// All reading is synchronous: of a thousand small files it takes a third of the time, and at this point
// of a command nothing else is going on.

function namesIn(directory: string): readonly string[] | null {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** null where there is none, or none that this user may read. */
function readPackageJson(root: string): Buffer | null {
  try {
    return readFileSync(join(root, 'package.json'));
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
