import { Flags } from '@oclif/core';
import type { CoverageProblem, JsonValue } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import type { DocumentShape } from '../check/document-shape.ts';
import type { ErrorDescription } from '../output/describe-error.ts';

interface CheckedIndex {
  readonly index: string;
  readonly table: string;
  readonly schema: string;
  readonly enabled: boolean;
  readonly document: DocumentShape;
  /** By sink. */
  readonly mapping: Readonly<Record<string, JsonValue>>;
}

interface Checked {
  readonly config: string;
  readonly indexes: readonly CheckedIndex[];
  /** null with --offline. */
  readonly coverage: {
    readonly mechanism: string;
    readonly tables: readonly { readonly table: string; readonly covered: boolean }[];
    readonly toProvision: readonly string[];
  } | null;
  readonly sinks: readonly string[];
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
      summary: 'Look at the files only; no server is asked.',
      env: 'SLUICE_OFFLINE',
    }),
    mapping: Flags.boolean({
      summary: 'Print the mappings in full.',
      env: 'SLUICE_CHECK_MAPPING',
    }),
  };

  async run(): Promise<Checked> {
    const { flags } = await this.parse(Check);
    const [{ readConfiguration, openDeployment }, { quietLogger }, { documentShape, renderShape }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../log/quiet-logger.ts'),
        import('../check/document-shape.ts'),
      ]);
    const config = await readConfiguration(flags, flags.offline ? 'keep' : 'fail');
    await using deployment = await openDeployment(this.config, config, { logger: quietLogger() });
    const { name } = this.palette;

    const indexes = config.indexes.map(
      ({ name: index, schema, schemaFile, enabled, sinks }): CheckedIndex => {
        const described = deployment.sinks.flatMap(({ name: sink, sink: { describe } }) =>
          sinks.includes(sink) && describe !== undefined ? [[sink, describe(schema)] as const] : [],
        );
        const table = `${schema.table.schema}.${schema.table.name}`;
        const mapping = Object.fromEntries(described);
        return { index, table, schema: schemaFile, enabled, document: documentShape(schema), mapping };
      },
    );
    for (const { index, table, schema, enabled, document, mapping } of indexes) {
      this.log(`${name(index)}  ${table}, ${schema}${enabled ? '' : ', not enabled'}`);
      for (const line of renderShape(document)) this.log(`  ${line}`);
      if (flags.mapping) this.log(indent(JSON.stringify(mapping, null, 2)));
      this.log();
    }
    const online = flags.offline ? { coverage: null, sinks: [] } : await this.#askServers(deployment);
    this.log(this.palette.good('All is well.'));
    return { config: config.file, indexes, ...online };
  }

  async #askServers(
    deployment: import('../deployment.ts').Deployment,
  ): Promise<Pick<Checked, 'coverage' | 'sinks'>> {
    const [
      { bindAll, renderWarnings },
      { inspectCoverage, coverageError },
      { checkSinks },
      { describeError },
      { SeveralProblems },
    ] = await Promise.all([
      import('../binding.ts'),
      import('../check/check-source.ts'),
      import('../check/check-sinks.ts'),
      import('../output/describe-error.ts'),
      import('../output/several-problems.ts'),
    ]);
    const problems: ErrorDescription[] = [];
    const sinkChecks = checkSinks(deployment);
    const coverage = await (async () => {
      const { requirements, diagnostics } = await bindAll(deployment);
      const warnings = renderWarnings(deployment.config, diagnostics);
      if (warnings !== '') this.logToStderr(`${warnings}\n`);
      return inspectCoverage(deployment.capture, requirements);
    })().catch((error: unknown) => {
      problems.push(describeError(error));
      return null;
    });
    if (coverage !== null) {
      const error = coverageError(coverage);
      if (error !== null) problems.push(describeError(error));
      else this.#tellOfCoverage(coverage);
    }
    const sinks = await sinkChecks;
    for (const { name, required, failure } of sinks) {
      if (failure === null) this.log(`Sink ${name} answers.`);
      else if (required) problems.push(describeError(failure));
      else
        this.logToStderr(
          `Sink ${name} does not answer; it is not required: ${describeError(failure).message}`,
        );
    }
    if (problems.length > 0) throw new SeveralProblems(problems);
    return {
      coverage:
        coverage === null
          ? null
          : {
              mechanism: coverage.mechanism,
              tables: coverage.tables.map(({ table, covered }) => ({
                table: `${table.schema}.${table.name}`,
                covered,
              })),
              toProvision: coverage.mendable.map(({ message }) => message),
            },
      sinks: sinks.map(({ name }) => name),
    };
  }

  #tellOfCoverage({
    mechanism,
    mendable,
  }: {
    readonly mechanism: string;
    readonly mendable: readonly CoverageProblem[];
  }): void {
    if (mechanism === 'ready' && mendable.length === 0) {
      this.log('The source has all that the capture needs.');
      return;
    }
    this.log('`sluice run` will make what the capture needs in the source; this role may.');
    for (const { message } of mendable) this.log(`  - ${message}`);
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
