import { basename, relative, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';
import { type TemplateKind, templateKinds } from '../authoring/template-package.ts';
import { BaseCommand } from '../base-command.ts';

interface Created {
  readonly package: string;
  readonly name: string;
  readonly kind: TemplateKind;
  readonly directory: string;
  readonly files: readonly string[];
}

export default class PluginCreate extends BaseCommand {
  static override summary =
    'Begin a plugin of your own: a package that builds, passes its tests and can be published.';
  static override description =
    'NAME is the name of the npm package. Configurations call the plugin by its short name: `kafka` for `sluice-sink-kafka`.';
  static override examples = [
    '<%= config.bin %> plugin create sluice-sink-kafka --kind sink',
    '<%= config.bin %> plugin create @acme/sluice-capture-journal --kind capture --dir plugins/journal',
  ];
  static override args = {
    name: Args.string({ description: "The package's name.", required: true }),
  };
  static override flags = {
    kind: Flags.option({
      summary: 'What it is. Asked for in a terminal where it is not given.',
      env: 'SLUICE_PLUGIN_KIND',
      options: templateKinds,
    })(),
    'short-name': Flags.string({
      summary: "What configurations call it. Default: the package's name without `sluice-` and the kind.",
      env: 'SLUICE_PLUGIN_SHORT_NAME',
    }),
    dir: Flags.string({
      summary: "Where to write it: a new or empty folder. Default: one of the package's name, without scope.",
      env: 'SLUICE_PLUGIN_DIR',
    }),
  };

  async run(): Promise<Created> {
    const { args, flags } = await this.parse(PluginCreate);
    const [{ pluginNames }, { writeTemplate }] = await Promise.all([
      import('../authoring/plugin-name.ts'),
      import('../authoring/write-template.ts'),
    ]);
    const kind = flags.kind ?? (await this.#askKind());
    const names = pluginNames(args.name, kind, flags['short-name']);
    await this.#requireFree(kind, names.short);
    const directory = resolve(flags.dir ?? basename(names.package));
    const { version } = this.config;
    const files = await writeTemplate({ kind, names, directory, version });
    const near = relative(process.cwd(), directory);
    const folder = near.startsWith('..') ? directory : near || '.';
    this.log(`${names.package}: a ${kind} that configurations call \`${names.short}\`, in ${folder}`);
    for (const file of files) this.log(`  ${file}`);
    this.log(
      `\nNext:\n  cd ${folder}\n  npm install\n  npm test\n  npm run build\n  ${this.config.bin} plugin verify`,
    );
    return { package: names.package, name: names.short, kind, directory, files };
  }

  /** A question in a terminal only: a script gets an error at once. */
  async #askKind(): Promise<TemplateKind> {
    const missing = new SluiceError('SLUICE_USAGE', 'It was not said what kind of plugin to create.', {
      hint: `Give it with --kind: ${templateKinds.join(', ')}.`,
    });
    if (this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) throw missing;
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const answer = (await terminal.question(`What kind (${templateKinds.join(', ')})? `)).trim();
      const kind = templateKinds.find((known) => known === answer);
      if (kind === undefined) throw missing;
      return kind;
    } finally {
      terminal.close();
    }
  }

  /** Two plugins of one short name would clash wherever both are installed. */
  async #requireFree(kind: TemplateKind, short: string): Promise<void> {
    const { hostFor } = await import('../plugin-host.ts');
    const host = await hostFor(this.config, process.cwd());
    const taken = (await host.list()).find((plugin) => plugin.kind === kind && plugin.name === short);
    if (taken === undefined) return;
    throw new SluiceError(
      'SLUICE_PLUGIN_CLASH',
      `There is a ${kind} \`${short}\` already: ${taken.package}.`,
      {
        hint: 'Give yours another one with --short-name.',
      },
    );
  }
}
