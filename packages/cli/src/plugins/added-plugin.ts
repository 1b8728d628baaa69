import { nearestCopies, type PluginHost, type PluginInfo } from '@sluice/core/plugins';

/**
 * What a configuration here makes of a plugin that was just added: what it is, and why it may not get
 * it by its short name, or not this copy of it.
 */
export async function describeAdded(
  host: PluginHost,
  { package: name, root }: { readonly package: string; readonly root: string },
  origin: 'installed' | 'linked',
): Promise<{ readonly info: PluginInfo | undefined; readonly warnings: readonly string[] }> {
  const all = await host.list();
  const info = all.find((plugin) => plugin.package === name && plugin.origin === origin);
  const used = nearestCopies(all).find((plugin) => plugin.package === name);
  const warnings = [
    ...(info?.problem == null ? [] : [info.problem]),
    ...(used === undefined || used === info
      ? []
      : [`the ${used.origin} copy in ${used.root} is nearer, and shadows the one in ${root}`]),
  ];
  return { info, warnings };
}
