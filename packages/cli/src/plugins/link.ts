import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SluiceError } from '@sluice/core';
import { readPackage } from '@sluice/core/plugins';
import { isPackageName } from './package-spec.ts';
import type { UserPlugin, UserPlugins } from './user-plugins.ts';

/**
 * Makes the plugin in a folder known to every later command, as it is there then. Its manifest is
 * read, nothing is imported: it may not be built yet.
 *
 * @throws SLUICE_PLUGIN_NOT_FOUND, SLUICE_PLUGIN_INVALID
 */
export async function linkPlugin(text: string, plugins: UserPlugins, cwd: string): Promise<UserPlugin> {
  const path = resolve(cwd, text);
  const entry = await stat(path).catch(() => null);
  if (entry === null) {
    throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no folder ${path}.`, {
      hint: 'Only a folder can be linked; `sluice plugins install` takes packages and tarballs.',
    });
  }
  const found = entry.isDirectory() ? await readPackage(path, 'linked') : null;
  const problem = found === null ? 'no package.json with a `sluice` key is in it' : found.problem;
  if (found === null || problem !== null) throw notLinked(path, String(problem));
  if (!isPackageName(found.package)) throw notLinked(path, 'its package.json has no usable `name`');
  const root = await realpath(path);
  const plugin = { package: found.package, version: found.version, from: root, root };
  await plugins.put('linked', plugin);
  return plugin;
}

function notLinked(path: string, problem: string): SluiceError {
  return new SluiceError('SLUICE_PLUGIN_INVALID', `${path} was not linked: ${problem}.`, {
    hint: 'A plugin\'s package.json has "sluice": { "api": 1, "kind": "sink", "name": "mine", "entry": "./dist/index.js" }.',
  });
}
