import { Flags } from '@oclif/core';
import { isSluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import type { CheckedIndex } from '../check/checked-index.ts';

interface Checked {
  /** The file. */
  readonly config: string;
  readonly indexes: readonly CheckedIndex[];
  /** null with --offline. */
  readonly source: {
    /** The short name of the plugin that `run` takes. */
    readonly capture: string;
    /** How it was chosen; null where the configuration names it and nothing else was followed. */
    readonly choice: string | null;
    readonly mechanism: 'ready' | 'absent' | 'lost';
    readonly tables: readonly { readonly table: string; readonly covered: boolean }[];
    /** What `run` or `provision` will make. */
    readonly missing: readonly string[];
  } | null;
  /** Empty with --offline. */
  readonly sinks: readonly { readonly name: string; readonly ready: boolean }[];
}

export default class Check extends BaseCommand {
  static override summary = 'Check configuration, schemas, source and sinks; change nothing.';
  static override description =
    'Reads every file and tells all problems at once. Then compares the schemas with the tables as they are, asks whether the role may do what the capture needs, and whether the sinks answer. Prints what each document and its mapping will be.';
  static override examples = [
    '<%= config.bin %> check',
    '<%= config.bin %> check --offline',
    '<%= config.bin %> check --json',
  ];

  static override flags = {
    offline: Flags.boolean({
      summary: 'Look at the files only: no server is asked, no variable has to be set.',
      env: 'SLUICE_OFFLINE',
    }),
    mapping: Flags.boolean({
      summary: 'Print the settings and mapping of each index, too.',
      env: 'SLUICE_CHECK_MAPPING',
    }),
  };

  async run(): Promise<Checked> {
    const { flags } = await this.parse(Check);
    return flags.offline ? this.#checkFiles(flags) : this.#checkAll(flags);
  }

  async #checkAll(flags: CheckFlags): Promise<Checked> {
    const [{ openDeployment, readConfiguration }, { checkServers, renderServerCheck }, { SeveralProblems }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../check/check-servers.ts'),
        import('../output/several-problems.ts'),
      ]);
    const config = await readConfiguration(flags);
    await using deployment = await openDeployment(this.config, config, {
      logger: await this.#logger(),
      parts: ['capture', 'documents', 'sinks'],
    });
    const indexes = await this.#show(config, deployment.sinks, flags);
    const found = await checkServers(deployment);
    if (found.warnings !== '') this.logToStderr(`${found.warnings}\n`);
    for (const line of renderServerCheck(found)) this.log(line);
    if (found.problems.length > 0) throw new SeveralProblems(found.problems);
    const { coverage, sinks } = found;
    return {
      config: config.file,
      indexes,
      source: coverage && {
        capture: coverage.capture,
        choice: coverage.choice,
        mechanism: coverage.mechanism,
        tables: coverage.tables.map(({ table: { schema, name }, covered }) => ({
          table: `${schema}.${name}`,
          covered,
        })),
        missing: coverage.mendable.map(({ message }) => message),
      },
      sinks: sinks.map(({ name, failure, refusals }) => ({
        name,
        ready: failure === null && refusals.length === 0,
      })),
    };
  }

  async #checkFiles(flags: CheckFlags): Promise<Checked> {
    const { openDeployment, readConfiguration } = await import('../deployment.ts');
    try {
      const config = await readConfiguration(flags);
      await using deployment = await openDeployment(this.config, config, {
        logger: await this.#logger(),
        parts: ['sinks'],
      });
      const indexes = await this.#show(config, deployment.sinks, flags);
      return { config: config.file, indexes, source: null, sinks: [] };
    } catch (error) {
      if (!isSluiceError(error, 'SLUICE_CONFIG_ENV')) throw error;
      const config = await readConfiguration(flags, 'keep');
      this.logToStderr(`The options of plugins are not checked: ${error.message}\n`);
      return { config: config.file, indexes: await this.#show(config, [], flags), source: null, sinks: [] };
    }
  }

  async #show(
    config: import('@sluice/core/config').LoadedConfig,
    sinks: readonly import('@sluice/core/container').RunSink[],
    { mapping }: CheckFlags,
  ): Promise<readonly CheckedIndex[]> {
    const { checkedIndexes, renderCheckedIndex } = await import('../check/checked-index.ts');
    const indexes = checkedIndexes(config, sinks);
    for (const index of indexes) {
      this.log(`${renderCheckedIndex(index, { mapping, name: this.palette.name })}\n`);
    }
    return indexes;
  }

  async #logger(): Promise<import('@sluice/core').Logger> {
    const { quietLogger } = await import('../log/quiet-logger.ts');
    return quietLogger();
  }
}

interface CheckFlags {
  readonly config?: string | undefined;
  readonly mapping: boolean;
}
