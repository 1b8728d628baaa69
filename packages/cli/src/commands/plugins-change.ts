import { Args, Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';

interface Changed {
  readonly action: 'installed' | 'linked' | 'uninstalled';
  readonly plugin: string;
}

/**
 * oclif's own commands do the work. These stand before them, so that flags, errors and output are
 * those of every other command.
 */
abstract class PluginsChange extends BaseCommand {
  protected async change(
    id: string,
    action: Changed['action'],
    plugin: string,
    flags: readonly string[],
  ): Promise<Changed> {
    const oclif = this.config.plugins.get('@oclif/plugin-plugins');
    const command = await oclif?.findCommand(id, { must: true });
    if (command === undefined) throw new SluiceError('SLUICE_INTERNAL', `oclif has no command ${id}.`);
    await command.run([plugin, ...flags], this.config);
    return { action, plugin };
  }
}

export class PluginsInstall extends PluginsChange {
  static override summary = 'Install a plugin for every configuration of this user.';
  static override description =
    'A package of the registry, a `file:` tarball or a git URL. A plugin that one project needs is better a dependency of that project: Sluice finds it in its node_modules.';
  static override examples = [
    '<%= config.bin %> plugins install sluice-sink-kafka',
    '<%= config.bin %> plugins install file:/tmp/sluice-sink-mine-1.0.0.tgz',
  ];
  static override args = {
    plugin: Args.string({ description: 'Package, tarball or URL.', required: true }),
  };
  static override flags = {
    force: Flags.boolean({
      summary: 'Fetch it again even where a copy is here.',
      env: 'SLUICE_PLUGINS_FORCE',
    }),
  };

  async run(): Promise<Changed> {
    const { args, flags } = await this.parse(PluginsInstall);
    return this.change('plugins:install', 'installed', args.plugin, [
      ...(flags.force ? ['--force'] : []),
      ...(this.jsonEnabled() ? ['--silent'] : []),
    ]);
  }
}

export class PluginsLink extends PluginsChange {
  static override summary = 'Use a plugin from the folder where you are writing it.';
  static override description = 'It shadows every other copy of the same package, until `plugins uninstall`.';
  static override examples = ['<%= config.bin %> plugins link ./sink-mine'];
  static override args = { plugin: Args.string({ description: "The plugin's folder.", required: true }) };

  async run(): Promise<Changed> {
    const { args } = await this.parse(PluginsLink);
    return this.change('plugins:link', 'linked', args.plugin, ['--no-install']);
  }
}

export class PluginsUninstall extends PluginsChange {
  static override summary = 'Remove a plugin that was installed or linked.';
  static override examples = ['<%= config.bin %> plugins uninstall sluice-sink-kafka'];
  static override args = {
    plugin: Args.string({ description: "The package's name.", required: true }),
  };

  async run(): Promise<Changed> {
    const { args } = await this.parse(PluginsUninstall);
    return this.change('plugins:uninstall', 'uninstalled', args.plugin, []);
  }
}
