import { join } from 'node:path';
import type { Config } from '@oclif/core';
import { createPluginHost, findPackageRoot, type PluginHost, type PluginSource } from '@sluice/core/plugins';
import { userPlugins } from './plugins/user-plugins.ts';

/**
 * The plugin host of this command: what the user installed and linked with `sluice plugins`, what
 * is bundled with it, and what lies in the project.
 *
 * @param baseDir the folder of the configuration
 */
export async function hostFor(cli: Config, baseDir: string): Promise<PluginHost> {
  const user = userPlugins(cli.dataDir);
  const added = (['linked', 'installed'] as const).map(async (origin): Promise<PluginSource> => {
    const plugins = await user.list(origin);
    return { origin, packages: plugins.map(({ package: name, root }) => ({ name, root })) };
  });
  return createPluginHost({ baseDir, sources: await Promise.all([...added, bundledPlugins(cli)]) });
}

/** The plugins among this package's own dependencies. */
async function bundledPlugins({ pjson, root }: Config): Promise<PluginSource> {
  const names = Object.keys(pjson.dependencies ?? {}).filter((name) => name.startsWith('@sluice/plugin-'));
  const packages = await Promise.all(
    names.map(async (name) => ({
      name,
      root: (await findPackageRoot(name, root)) ?? join(root, 'node_modules', name),
    })),
  );
  return { origin: 'bundled', packages };
}
