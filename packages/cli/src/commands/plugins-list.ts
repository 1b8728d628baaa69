import type { PluginInfo } from '@sluice/core/plugins';
import { BaseCommand } from '../base-command.ts';

interface ListedPlugin extends PluginInfo {
  /** What was asked for when it was installed or linked; null for others. */
  readonly from: string | null;
}

export default class PluginsList extends BaseCommand {
  static override summary = 'List every plugin that a configuration can name, and where it came from.';
  static override description =
    'Of several copies of a package, the one that is used: a linked one before that of the project, that before an installed one, and that before the bundled one. Imports none of them.';
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins list --json'];

  static override aliases = ['plugins:list'];

  async run(): Promise<readonly ListedPlugin[]> {
    await this.parse(PluginsList);
    const [{ hostFor }, { userPlugins }, { nearestCopies }, { renderTable }] = await Promise.all([
      import('../plugin-host.ts'),
      import('../plugins/user-plugins.ts'),
      import('@sluice/core/plugins'),
      import('../output/table.ts'),
    ]);
    const user = userPlugins(this.config.dataDir);
    const [host, linked, installed] = await Promise.all([
      hostFor(this.config, process.cwd()),
      user.list('linked'),
      user.list('installed'),
    ]);
    const asked = { linked, installed };
    const plugins = nearestCopies(await host.list())
      .map((plugin): ListedPlugin => {
        const { origin, package: name } = plugin;
        const records = origin === 'linked' || origin === 'installed' ? asked[origin] : [];
        return { ...plugin, from: records.find((record) => record.package === name)?.from ?? null };
      })
      .sort((a, b) => order(a).localeCompare(order(b)));
    const rows = plugins.map(
      ({ kind, name, api, package: packageName, version, origin, from, root, problem }) => [
        kind ?? '?',
        name ?? '?',
        String(api ?? '?'),
        `${packageName} ${version}`.trim(),
        origin,
        origin === 'bundled' ? '' : (from ?? root),
        problem ?? '',
      ],
    );
    this.log(renderTable(['kind', 'name', 'api', 'package', 'origin', 'from', 'problem'], rows));
    return plugins;
  }
}

function order({ kind, name }: PluginInfo): string {
  return `${kind ?? '~'} ${name ?? ''}`;
}
