import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';

interface Outcome {
  readonly action: 'linked';
  readonly kind: string | null;
  readonly name: string | null;
  readonly package: string;
  readonly version: string;
  readonly root: string;
  readonly warnings: readonly string[];
}

export default class PluginsLink extends BaseCommand {
  static override summary = 'Use a plugin from the folder where you are writing it.';
  static override description =
    'Every later command uses it as it is there then, built and with its dependencies installed, before every other copy of the same package, until `plugins uninstall`.';
  static override examples = ['<%= config.bin %> plugins link ./sink-mine'];
  static override args = {
    plugin: Args.string({ description: "The plugin's folder. Default: this one.", default: '.' }),
  };

  async run(): Promise<Outcome> {
    const { args } = await this.parse(PluginsLink);
    const [{ linkPlugin }, { userPlugins }, { hostFor }, { describeAdded }] = await Promise.all([
      import('../plugins/link.ts'),
      import('../plugins/user-plugins.ts'),
      import('../plugin-host.ts'),
      import('../plugins/added-plugin.ts'),
    ]);
    const cwd = process.cwd();
    const plugin = await linkPlugin(args.plugin, userPlugins(this.config.dataDir), cwd);
    const { info, warnings } = await describeAdded(await hostFor(this.config, cwd), plugin, 'linked');
    const { kind = null, name = null } = info ?? {};
    const { package: packageName, version, root } = plugin;
    this.log(`Linked the ${kind} plugin \`${name}\`: ${packageName} ${version} in ${root}`);
    for (const warning of warnings) this.logToStderr(`warning: ${warning}`);
    return { action: 'linked', kind, name, package: packageName, version, root, warnings };
  }
}
