import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSluiceError, SluiceError } from '@sluice/core';
import { type FoundPlugin, importFound, readPackage } from '@sluice/core/plugins';
import { type Lock, missingPeers } from './missing-peers.ts';
import { runNpm } from './npm.ts';
import { npmError } from './npm-error.ts';
import { isPackageName, type PackageSpec, readSpec } from './package-spec.ts';
import type { UserPlugin, UserPlugins } from './user-plugins.ts';

export interface Installed {
  readonly plugin: UserPlugin;
  /** The version whose place it takes; null where there was none. */
  readonly replaced: string | null;
}

export interface InstallOptions {
  readonly cwd: string;
  /** In place of the one that npm is set up for. */
  readonly registry?: string | undefined;
}

/**
 * Installs a plugin for this user. npm fills a directory of its own; the plugin in it is checked and
 * imported; then a record makes it known to every later command. Where anything fails, everything
 * stays as it was, an earlier version of the plugin too.
 *
 * @throws SLUICE_PLUGIN_NOT_FOUND, SLUICE_PLUGIN_INVALID, SLUICE_PLUGIN_NOT_INSTALLED
 */
export async function installPlugin(
  text: string,
  plugins: UserPlugins,
  { cwd, registry }: InstallOptions,
): Promise<Installed> {
  const spec = readSpec(text, cwd);
  if (spec.path !== null) await requirePath(spec.path);
  if (spec.name !== null && !isPackageName(spec.name)) throw noSuchName(text);
  const tree = await makeTree(plugins, spec);
  try {
    const found = await fillTree(tree, spec, registry);
    await tryOut(found, spec);
    const { package: name, version } = found;
    const root = join(tree, 'node_modules', name);
    const before = await plugins.find('installed', name);
    const plugin = { package: name, version, from: spec.shown, root };
    await plugins.put('installed', plugin);
    await plugins.removeUnusedTrees();
    return { plugin, replaced: before?.version ?? null };
  } catch (error) {
    await rm(tree, { recursive: true, force: true });
    throw error;
  }
}

async function requirePath(path: string): Promise<void> {
  const entry = await stat(path).catch(() => null);
  if (entry === null) {
    throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no tarball or folder ${path}.`, {
      hint: 'A package of the registry is named without a path: `sluice-sink-kafka`.',
    });
  }
  // Before npm packs the folder and runs its scripts.
  if (entry.isDirectory() && (await readPackage(path, 'path')) === null) throw noPlugin(path);
}

async function makeTree(plugins: UserPlugins, { shown }: PackageSpec): Promise<string> {
  try {
    await plugins.removeUnusedTrees();
    return await plugins.makeTree();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError('SLUICE_PLUGIN_NOT_INSTALLED', `${shown} was not installed: ${message}`, {
      hint: 'SLUICE_DATA_DIR names another directory for plugins.',
      cause: error,
    });
  }
}

/** `--install-links` copies a folder, with what it depends on; npm would only link to it. */
const npmFlags = ['--install-links', '--omit=dev', '--save-exact', '--no-audit', '--no-fund'];

async function fillTree(tree: string, spec: PackageSpec, registry: string | undefined): Promise<FoundPlugin> {
  const manifest = join(tree, 'package.json');
  await writeFile(manifest, '{ "private": true }\n');
  const from = registry === undefined ? [] : [`--registry=${registry}`];
  // The prefix is said outright: npm would else ask the environment that npx or npm run left.
  const args = ['install', spec.npm, `--prefix=${tree}`, '--no-global', ...npmFlags, ...from];
  // For an optional peer, npm would ask the registry for all that it may lead to: the core's leads to a
  // test runner and browsers. So peers are left out, unless something needs one.
  await npm([...args, '--legacy-peer-deps'], tree, spec);
  const lock: Lock = JSON.parse(await readFile(join(tree, 'package-lock.json'), 'utf8'));
  if (missingPeers(lock).length > 0) await npm([...args, '--no-legacy-peer-deps'], tree, spec);

  const { dependencies = {} }: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(
    await readFile(manifest, 'utf8'),
  );
  const [name] = Object.keys(dependencies);
  const found = name === undefined ? null : await readPackage(join(tree, 'node_modules', name), 'installed');
  if (found === null) throw noPlugin(spec.shown);
  return found;
}

async function npm(args: readonly string[], tree: string, spec: PackageSpec): Promise<void> {
  const failure = await runNpm([...args, '--package-lock', '--loglevel=error'], tree);
  if (failure !== null) throw npmError(failure, spec);
}

/** A plugin that cannot even be imported is not installed. */
async function tryOut(found: FoundPlugin, { shown, path }: PackageSpec): Promise<void> {
  const { manifest, problem } = found;
  if (manifest === null || problem !== null) {
    throw new SluiceError('SLUICE_PLUGIN_INVALID', `${shown} was not installed: ${problem}.`, {
      hint: 'Nothing was changed. Install another version of it.',
    });
  }
  await importFound(manifest.kind, found).catch((error: unknown) => {
    if (!isSluiceError(error)) throw error;
    throw new SluiceError(error.code, `${shown} was not installed. ${error.message}`, {
      // Whoever names a file or a folder may well be its author.
      hint:
        path === null
          ? 'Nothing was changed. Install another version of it, or tell its author.'
          : 'Nothing was changed. Build the package (npm run build) and look at it with `sluice plugin verify`, or tell its author.',
      cause: error,
    });
  });
}

/** npm would take `acme/sink` for a repository; a user may well mean a folder. */
function noSuchName(text: string): SluiceError {
  return new SluiceError('SLUICE_USAGE', `\`${text}\` is no name of a package.`, {
    hint: `A folder or a tarball is \`./${text}\`, a repository \`github:${text}\`.`,
  });
}

function noPlugin(shown: string): SluiceError {
  const message = `${shown} was not installed: it is no plugin for Sluice; its package.json has no \`sluice\` key.`;
  return new SluiceError('SLUICE_PLUGIN_INVALID', message, {
    hint: 'A plugin\'s package.json has "sluice": { "api": 1, "kind": "sink", "name": "mine", "entry": "./dist/index.js" }.',
  });
}
