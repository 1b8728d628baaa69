import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PLUGIN_API, type Plugin, type PluginKind } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { readPackage } from './discover.ts';
import { unusable } from './find-plugin.ts';
import type { FoundPlugin, PluginOrigin } from './manifest.ts';

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
 * @throws SLUICE_PLUGIN_INVALID where the module fails or exports something else than it declared.
 */
export async function importFound<Kind extends PluginKind>(
  kind: Kind,
  found: FoundPlugin,
): Promise<LoadedPlugin<Kind>> {
  const { manifest, root, origin, version } = found;
  if (manifest === null || found.problem !== null) throw unusable(found);
  const entry = join(root, manifest.entry);
  const plugin = await importModule(entry, `The plugin ${found.package}`);
  const declared = `${found.package} (${entry})`;
  assertPlugin(kind, plugin, declared);
  const differs = (['api', 'kind', 'name'] as const).filter((key) => plugin[key] !== manifest[key]);
  if (differs.length > 0) {
    const list = differs.map((key) => `\`${key}\` is ${plugin[key]}, in package.json ${manifest[key]}`);
    throw invalid(declared, `what it exports is not what its manifest says: ${list.join('; ')}`);
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
  const entry = await stat(path).catch(() => null);
  if (entry === null) {
    throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no ${kind} plugin at ${path}.`, {
      hint: `The path \`${name}\` is relative to ${baseDir}.`,
    });
  }
  if (entry.isDirectory()) {
    const found = await readPackage(path, 'path');
    if (found === null) throw invalid(path, 'its package.json has no `sluice` key');
    if (found.manifest !== null && found.problem === null && found.manifest.kind !== kind) {
      throw invalid(path, `it is a ${found.manifest.kind} plugin, and a ${kind} is needed`);
    }
    return importFound(kind, found);
  }
  const plugin = await importModule(path, `The plugin ${name}`);
  assertPlugin(kind, plugin, path);
  return { plugin, package: path, version: '', origin: 'path', root: dirname(path) };
}

/** The default export of a module; `what` names it in the error. */
export async function importModule(file: string, what: string): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    const exported = module.default;
    // CommonJS made from TypeScript keeps its default one level down.
    return typeof exported === 'object' &&
      exported !== null &&
      'default' in exported &&
      '__esModule' in exported
      ? exported.default
      : exported;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SluiceError('SLUICE_PLUGIN_INVALID', `${what} cannot be imported from ${file}: ${message}`, {
      cause: error,
    });
  }
}

/** Checks by shape alone: a plugin may have been built against its own copy of everything. */
function assertPlugin<Kind extends PluginKind>(
  kind: Kind,
  value: unknown,
  where: string,
): asserts value is Plugin<Kind> {
  if (typeof value !== 'object' || value === null)
    throw invalid(where, 'its default export is not a plugin object', shapeHint(kind));
  const plugin: Partial<Record<keyof Plugin, unknown>> = value;
  if (plugin.api !== PLUGIN_API) {
    throw invalid(
      where,
      `it is made for level ${String(plugin.api)} of the plugin contracts; this version of Sluice has ${PLUGIN_API}`,
    );
  }
  if (plugin.kind !== kind)
    throw invalid(where, `it is a ${String(plugin.kind)} plugin, and a ${kind} is needed`);
  const missing = [
    ...(['name', 'summary'] as const).filter((key) => typeof plugin[key] !== 'string'),
    ...(typeof plugin.create === 'function' ? [] : ['create']),
    ...(isStandardSchema(plugin.options) ? [] : ['options (a Standard Schema, such as a zod object)']),
  ];
  if (missing.length > 0)
    throw invalid(where, `its default export lacks ${missing.join(', ')}`, shapeHint(kind));
}

/** What a module must export to be a plugin. */
function shapeHint(kind: PluginKind): string {
  return `Export it by default: { api: ${PLUGIN_API}, kind: '${kind}', name: '…', summary: '…', options: z.strictObject({ … }), create: async (context, options) => … }.`;
}

function isStandardSchema(value: unknown): boolean {
  // A schema may be a function, as arktype's are.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard = '~standard' in value ? value['~standard'] : null;
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}

function invalid(where: string, why: string, hint?: string): SluiceError {
  return new SluiceError('SLUICE_PLUGIN_INVALID', `The plugin ${where} cannot be used: ${why}.`, { hint });
}
