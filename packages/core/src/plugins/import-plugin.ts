import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Plugin, PluginKind } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { pluginDeadline } from './deadline.ts';
import { readPackage } from './discover.ts';
import { remedy, unusable } from './find-plugin.ts';
import { importDefault, invalid, type PluginModule } from './import-module.ts';
import type { FoundPlugin, PluginOrigin } from './manifest.ts';
import { shapeProblem } from './plugin-shape.ts';

/** A plugin, imported and checked. */
export interface LoadedPlugin<Kind extends PluginKind = PluginKind> {
  readonly plugin: Plugin<Kind>;
  readonly package: string;
  readonly version: string;
  readonly origin: PluginOrigin;
  readonly root: string;
}

/** Whether a plugin is named by a path, and not by a short name or a package. */
export function isPluginPath(name: string): boolean {
  return /^(?:\.{1,2}(?:[/\\]|$)|[/\\]|[A-Za-z]:[/\\])/.test(name);
}

/**
 * Imports a plugin found by its manifest.
 *
 * @param timeout For its import, in ms.
 * @throws SLUICE_PLUGIN_INVALID where the module fails or exports something else than it declared.
 */
export async function importFound<Kind extends PluginKind>(
  kind: Kind,
  found: FoundPlugin,
  timeout: number = pluginDeadline,
): Promise<LoadedPlugin<Kind>> {
  const { manifest, root, origin, version } = found;
  if (manifest === null || found.problem !== null) throw unusable(found);
  const entry = join(root, manifest.entry);
  const source = {
    who: `${found.package} ${version}`.trim(),
    file: entry,
    hint: remedy(origin, found.package, root),
  };
  const plugin = await importPlugin(kind, source, timeout);
  const differs = (['api', 'kind', 'name'] as const).filter((key) => plugin[key] !== manifest[key]);
  if (differs.length > 0) {
    const list = differs.map((key) => `\`${key}\` is ${plugin[key]}, in package.json ${manifest[key]}`);
    throw invalid(source, `what it exports is not what its manifest says: ${list.join('; ')}`);
  }
  return { plugin, package: found.package, version, origin, root };
}

/**
 * Imports a plugin by path: a module, or the directory of a package with a manifest.
 *
 * @throws SLUICE_PLUGIN_NOT_FOUND where nothing is there, SLUICE_PLUGIN_INVALID as `importFound`.
 */
export async function importPath<Kind extends PluginKind>(
  kind: Kind,
  name: string,
  baseDir: string,
): Promise<LoadedPlugin<Kind>> {
  const path = resolve(baseDir, name);
  const source = { who: name, file: path, hint: `The path \`${name}\` is relative to ${baseDir}.` };
  const entry = await stat(path).catch(() => null);
  if (entry === null) {
    const message = `There is no ${kind} plugin at ${path}.`;
    throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', message, { hint: source.hint });
  }
  if (entry.isDirectory()) {
    const found = await readPackage(path, 'path');
    if (found === null) throw invalid(source, 'its package.json has no `sluice` key');
    if (found.manifest !== null && found.problem === null && found.manifest.kind !== kind) {
      throw invalid(source, `it is a ${found.manifest.kind} plugin, and a ${kind} is needed`);
    }
    return importFound(kind, found);
  }
  const plugin = await importPlugin(kind, source, pluginDeadline);
  return { plugin, package: path, version: '', origin: 'path', root: dirname(path) };
}

async function importPlugin<Kind extends PluginKind>(
  kind: Kind,
  source: PluginModule,
  timeout: number,
): Promise<Plugin<Kind>> {
  const exported = await importDefault(source, timeout);
  const problem = shapeProblem(kind, exported);
  if (problem !== null) throw invalid(source, problem.message, problem.hint);
  // Every member was looked at; their types are the plugin's word.
  return exported as Plugin<Kind>;
}
