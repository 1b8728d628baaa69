import type { PluginInfo } from '@sluice/core/plugins';
import { BaseCommand } from '../base-command.ts';

export default class PluginsList extends BaseCommand {
  static override summary = 'List every plugin that a configuration can name, and where it came from.';
  static override description =
    'Nearest first: a linked one shadows the copy in the project, that one an installed one, and that one the bundled one. Imports none of them.';
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins list --json'];

  static override aliases = ['plugins:list'];

  async run(): Promise<readonly PluginInfo[]> {
    await this.parse(PluginsList);
    const [{ hostFor }, { renderTable }] = await Promise.all([
      import('../plugin-host.ts'),
      import('../output/table.ts'),
    ]);
    const host = await hostFor(this.config, process.cwd());
    const plugins = nearestCopies(await host.list());
    const rows = plugins.map(({ kind, name, api, package: packageName, version, origin, problem }) => [
      kind ?? '?',
      name ?? '?',
      String(api ?? '?'),
      `${packageName} ${version}`,
      origin,
      problem ?? '',
    ]);
    this.log(renderTable(['kind', 'name', 'api', 'package', 'origin', 'problem'], rows));
    return plugins;
  }
}

/** One line per package: the copy that would be used. */
function nearestCopies(plugins: readonly PluginInfo[]): readonly PluginInfo[] {
  const nearest = new Map<string, PluginInfo>();
  for (const plugin of plugins) if (!nearest.has(plugin.package)) nearest.set(plugin.package, plugin);
  return [...nearest.values()].sort((a, b) => order(a).localeCompare(order(b)));
}

function order({ kind, name }: PluginInfo): string {
  return `${kind ?? '~'} ${name ?? ''}`;
}
