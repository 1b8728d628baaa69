import { resolve } from 'node:path';
import { SluiceError } from '@sluice/core';
import { suggest } from '@sluice/core/config';
import { readPackage } from '@sluice/core/plugins';
import type { Addition, UserPlugin, UserPlugins } from './user-plugins.ts';

export interface Uninstalled {
  readonly plugin: UserPlugin;
  readonly addition: Addition;
  /** The installed copy that counts again, now that the link is gone. */
  readonly remaining: UserPlugin | null;
}

interface Candidate {
  readonly plugin: UserPlugin;
  readonly addition: Addition;
  /** What it can be called by. */
  readonly names: readonly string[];
}

/**
 * Removes a plugin that this user linked or installed, by package, short name or linked folder; the
 * link first, where it is both.
 *
 * @throws SLUICE_PLUGIN_NOT_FOUND, SLUICE_PLUGIN_CLASH
 */
export async function uninstallPlugin(text: string, plugins: UserPlugins, cwd: string): Promise<Uninstalled> {
  const candidates = (await Promise.all([of('linked', plugins), of('installed', plugins)])).flat();
  const named = candidates.filter(
    ({ names, plugin }) => names.includes(text) || plugin.from === resolve(cwd, text),
  );
  const packages = [...new Set(named.map(({ plugin }) => plugin.package))];
  const [first] = named;
  if (first === undefined) throw notFound(text, candidates);
  if (packages.length > 1 && !packages.includes(text)) {
    throw new SluiceError(
      'SLUICE_PLUGIN_CLASH',
      `\`${text}\` is the short name of ${packages.join(' and ')}.`,
      {
        hint: 'Name the one you mean by its package.',
      },
    );
  }
  const { plugin, addition } = named.find(({ plugin: { package: name } }) => name === text) ?? first;
  await plugins.remove(addition, plugin.package);
  await plugins.removeUnusedTrees();
  const remaining = addition === 'linked' ? await plugins.find('installed', plugin.package) : null;
  return { plugin, addition, remaining };
}

async function of(addition: Addition, plugins: UserPlugins): Promise<readonly Candidate[]> {
  const all = await plugins.list(addition);
  return Promise.all(
    all.map(async (plugin) => {
      const found = await readPackage(plugin.root, addition);
      const short = found?.manifest?.name;
      return { plugin, addition, names: short === undefined ? [plugin.package] : [plugin.package, short] };
    }),
  );
}

function notFound(text: string, candidates: readonly Candidate[]): SluiceError {
  const names = candidates.flatMap((candidate) => candidate.names);
  const near = suggest(text, names);
  const packages = candidates.map(({ plugin }) => `\`${plugin.package}\``).join(', ');
  const known =
    candidates.length === 0
      ? 'This user has installed and linked no plugin.'
      : `This user has installed or linked ${packages}.`;
  return new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `\`${text}\` is neither installed nor linked.`, {
    hint: `${near === null ? '' : `Did you mean \`${near}\`? `}${known} Plugins of a project are removed with its package manager.`,
  });
}
