import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMapping } from '../config/plain-data.ts';
import type { PluginManifest } from '../contracts/index.ts';
import { SluiceError } from '../errors/index.ts';
import { pluginDeadline } from './deadline.ts';
import { readPackage } from './discover.ts';
import { unusable } from './find-plugin.ts';
import { importDefault } from './import-module.ts';
import { importFound, type LoadedPlugin } from './import-plugin.ts';

/** A package whose manifest and export were found right. */
export interface ExaminedPackage extends LoadedPlugin {
  readonly manifest: PluginManifest;
}

/**
 * Looks at a plugin's package as its author does before publishing: everything that `load` checks, and
 * what `sluice plugins install` needs of a package. Imports the entry.
 *
 * @param path The package's directory.
 * @throws SLUICE_PLUGIN_NOT_FOUND where there is no package, SLUICE_PLUGIN_INVALID where it cannot be used.
 */
export async function examinePackage(path: string): Promise<ExaminedPackage> {
  const root = resolve(path);
  const text = await readFile(join(root, 'package.json'), 'utf8').catch(() => null);
  if (text === null) {
    throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no package in ${root}.`, {
      hint: "Give the plugin's directory, the one with its package.json.",
    });
  }
  const packageJson = parsePackage(root, text);
  const found = await readPackage(root, 'path');
  if (found === null) {
    throw invalid(
      root,
      'its package.json has no `sluice` key',
      'Add a manifest: "sluice": { "api": 1, "kind": "sink", "name": "…", "entry": "./dist/index.js" }',
    );
  }
  const { manifest } = found;
  if (manifest === null || found.problem !== null) throw unusable(found);
  await requireFile(root, 'entry', manifest.entry);
  if (manifest.conformance !== undefined) await requireFile(root, 'conformance', manifest.conformance);
  const obstacle = installObstacle(packageJson);
  if (obstacle !== null) throw invalid(found.package, obstacle.problem, obstacle.hint);
  return { ...(await importFound(manifest.kind, found)), manifest };
}

/**
 * The default export of the module that the manifest names as `conformance`, where it names one: a
 * driver, or a function that makes one of a plugin context.
 *
 * @throws SLUICE_PLUGIN_INVALID where the module cannot be imported.
 */
export async function importDriver({ manifest, root, package: name }: ExaminedPackage): Promise<unknown> {
  if (manifest.conformance === undefined) return undefined;
  const who = `${name}, its conformance driver`;
  const file = join(root, manifest.conformance);
  return importDefault({ who, file, hint: `It is in ${root}.` }, pluginDeadline);
}

function parsePackage(root: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(
      root,
      `its package.json is not well-formed JSON: ${why}`,
      'Mend it; a comma may be missing.',
    );
  }
}

async function requireFile(root: string, key: string, path: string): Promise<void> {
  const file = join(root, path);
  const found = await stat(file).catch(() => null);
  if (found?.isFile() === true) return;
  throw invalid(
    root,
    `the \`${key}\` of its manifest, ${path}, is not there`,
    'Build the package first (npm run build), or mend the path.',
  );
}

/** What keeps a package from being installed with `sluice plugins install`; null where nothing does. */
function installObstacle(json: unknown): { readonly problem: string; readonly hint: string } | null {
  if (!isMapping(json)) return null;
  for (const key of ['name', 'version']) {
    if (typeof json[key] !== 'string' || json[key] === '') {
      return { problem: `its package.json has no ${key}`, hint: 'npm publishes no package without one.' };
    }
  }
  const { peerDependencies: peers, peerDependenciesMeta: meta } = json;
  const core = '@sluice/core';
  const optional = isMapping(meta) && isMapping(meta[core]) && meta[core]['optional'] === true;
  if (isMapping(peers) && peers[core] !== undefined && !optional) {
    return {
      problem: `its peer dependency ${core} is not optional: whoever installs the plugin would get a second copy`,
      hint: `Add "peerDependenciesMeta": { "${core}": { "optional": true } }, and import types of it only.`,
    };
  }
  return null;
}

function invalid(where: string, why: string, hint: string): SluiceError {
  return new SluiceError('SLUICE_PLUGIN_INVALID', `The plugin ${where} cannot be used: ${why}.`, { hint });
}
