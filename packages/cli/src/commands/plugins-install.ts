import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';

interface Outcome {
  readonly action: 'installed';
  readonly kind: string | null;
  readonly name: string | null;
  readonly package: string;
  readonly version: string;
  readonly from: string;
  readonly root: string;
  readonly replaced: string | null;
  readonly warnings: readonly string[];
}

export default class PluginsInstall extends BaseCommand {
  static override summary = 'Install a plugin for every configuration of this user.';
  static override description =
    'From the registry that npm is set up for, from a tarball, a folder (which is copied) or a URL. It is imported and checked first: where anything is wrong, everything stays as it was. A plugin that one project needs is better a dependency of that project: Sluice finds it in its node_modules.';
  static override examples = [
    '<%= config.bin %> plugins install sluice-sink-kafka',
    '<%= config.bin %> plugins install sluice-sink-kafka@1.4.2',
    '<%= config.bin %> plugins install ./sluice-sink-mine-1.0.0.tgz',
  ];
  static override args = {
    plugin: Args.string({ description: 'Package, tarball, folder or URL.', required: true }),
  };
  static override flags = {
    registry: Flags.string({
      summary: 'Use this registry instead of the one that npm is set up for.',
      env: 'SLUICE_PLUGINS_REGISTRY',
      helpValue: 'URL',
    }),
  };

  async run(): Promise<Outcome> {
    const { args, flags } = await this.parse(PluginsInstall);
    const [{ installPlugin }, { userPlugins }, { hostFor }, { describeAdded }] = await Promise.all([
      import('../plugins/install.ts'),
      import('../plugins/user-plugins.ts'),
      import('../plugin-host.ts'),
      import('../plugins/added-plugin.ts'),
    ]);
    const cwd = process.cwd();
    if (process.stderr.isTTY && !this.jsonEnabled()) this.logToStderr('Installing, by npm…');
    const { plugin, replaced } = await installPlugin(args.plugin, userPlugins(this.config.dataDir), {
      cwd,
      registry: flags.registry,
    });
    const { info, warnings } = await describeAdded(await hostFor(this.config, cwd), plugin, 'installed');
    const { kind = null, name = null } = info ?? {};
    const { package: packageName, version } = plugin;
    this.log(
      `Installed the ${kind} plugin \`${name}\`: ${packageName} ${version}${replaced === null ? '' : `, in place of ${replaced}`}`,
    );
    for (const warning of warnings) this.logToStderr(`warning: ${warning}`);
    return { action: 'installed', kind, name, ...plugin, replaced, warnings };
  }
}
