import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';

interface Outcome {
  readonly action: 'uninstalled' | 'unlinked';
  readonly package: string;
  readonly version: string;
  /** The version that counts again, where a link stood before an installed copy. */
  readonly remaining: string | null;
}

export default class PluginsUninstall extends BaseCommand {
  static override summary = 'Remove a plugin that was installed or linked.';
  static override description =
    'Of one that is both, the link is removed and the installed copy counts again. A linked folder itself is left alone.';
  static override examples = ['<%= config.bin %> plugins uninstall sluice-sink-kafka'];
  static override args = {
    plugin: Args.string({
      description: 'Its package, its short name, or the linked folder.',
      required: true,
    }),
  };

  async run(): Promise<Outcome> {
    const { args } = await this.parse(PluginsUninstall);
    const [{ uninstallPlugin }, { userPlugins }] = await Promise.all([
      import('../plugins/uninstall.ts'),
      import('../plugins/user-plugins.ts'),
    ]);
    const plugins = userPlugins(this.config.dataDir);
    const { plugin, addition, remaining } = await uninstallPlugin(args.plugin, plugins, process.cwd());
    const { package: packageName, version } = plugin;
    this.log(`${addition === 'linked' ? 'Unlinked' : 'Uninstalled'} ${`${packageName} ${version}`.trim()}`);
    if (remaining !== null) this.log(`The installed ${packageName} ${remaining.version} counts again.`);
    return {
      action: addition === 'linked' ? 'unlinked' : 'uninstalled',
      package: packageName,
      version,
      remaining: remaining?.version ?? null,
    };
  }
}
