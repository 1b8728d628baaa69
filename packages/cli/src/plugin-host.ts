import type { Config } from '@oclif/core';
import { createPluginHost, findPackageRoot, type PluginHost, type PluginSource } from '@sluice/core/plugins';

/** How oclif calls what a user installed or linked, in Sluice's words. */
const origins = { user: 'installed', link: 'linked' } as const;

/**
 * The plugin host of this command: what the user installed and linked with `sluice plugins`, what
 * is bundled with it, and what lies in the project.
 *
 * @param baseDir the folder of the configuration
 */
export async function hostFor(cli: Config, baseDir: string): Promise<PluginHost> {
  const added = cli.getPluginsList().flatMap(({ type, root }): PluginSource[] => {
    if (type !== 'user' && type !== 'link') return [];
    return [{ origin: origins[type], packages: [root] }];
  });
  return createPluginHost({ baseDir, sources: [...added, await bundledPlugins(cli)] });
}

/** The plugins among this package's own dependencies. */
async function bundledPlugins({ pjson, root }: Config): Promise<PluginSource> {
  const names = Object.keys(pjson.dependencies ?? {}).filter((name) => name.startsWith('@sluice/plugin-'));
  const roots = await Promise.all(names.map((name) => findPackageRoot(name, root)));
  return { origin: 'bundled', packages: roots.filter((found) => found !== null) };
}
