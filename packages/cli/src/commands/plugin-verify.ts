import { Args } from '@oclif/core';
import { type PluginKind, SluiceError } from '@sluice/core';
import type { CheckResult } from '@sluice/core/conformance';
import { BaseCommand } from '../base-command.ts';
import { durationFlag } from '../duration-flag.ts';

interface Verified {
  readonly package: string;
  readonly version: string;
  readonly kind: PluginKind;
  readonly name: string;
  readonly api: number;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly reason?: string }[];
  /** Why the checks of its kind did not run; null where they did. */
  readonly warning: string | null;
}

export default class PluginVerify extends BaseCommand {
  static override summary = 'Check that a plugin keeps every promise of its contract.';
  static override description =
    "Looks at the package's manifest, imports the plugin, and then runs the conformance checks of its kind on the driver that the manifest names as `conformance`. Exits with 1 where a promise is broken, with 2 where the package is no plugin that could be used.";
  static override examples = [
    '<%= config.bin %> plugin verify',
    '<%= config.bin %> plugin verify ./sluice-sink-files',
    '<%= config.bin %> plugin verify node_modules/sluice-sink-files --json',
  ];
  static override args = {
    path: Args.string({ description: "The plugin's folder. Default: the working directory.", default: '.' }),
  };
  static override flags = {
    'check-timeout': durationFlag({
      summary: 'How long one check may take.',
      env: 'SLUICE_PLUGIN_CHECK_TIMEOUT',
      default: 60_000,
      defaultHelp: async () => '60s',
    }),
  };

  async run(): Promise<Verified> {
    const { args, flags } = await this.parse(PluginVerify);
    const [{ examinePackage }, { trialsOf }, { renderCheck }] = await Promise.all([
      import('@sluice/core/plugins'),
      import('../authoring/conformance.ts'),
      import('../authoring/render-check.ts'),
    ]);
    const found = await examinePackage(args.path);
    const { kind, name, api } = found.manifest;
    this.log(`${found.package} ${found.version}: the ${kind} \`${name}\`, level ${api} of the contracts\n`);

    await using run = await trialsOf(found);
    const results: CheckResult[] = [];
    for (const trial of run.trials) {
      const result = await trial.run(flags['check-timeout']);
      results.push(result);
      this.log(renderCheck(result, this.palette));
    }

    const broken = results.filter((result) => result.outcome === 'failed');
    if (broken.length > 0) throw await this.#brokenPromises(found.package, broken, results.length);
    const kept = results.filter(({ outcome }) => outcome === 'passed').length;
    this.log(`\n${kept} promises kept, ${results.length - kept} not concerned.`);
    if (run.withoutDriver !== null)
      this.logToStderr(`${this.palette.note('warning:')} ${run.withoutDriver}.`);
    return {
      package: found.package,
      version: found.version,
      kind,
      name,
      api,
      checks: results.map((result) => ({ ...result })),
      warning: run.withoutDriver,
    };
  }

  /** As JSON one error for each broken promise; for people their lines were printed. */
  async #brokenPromises(
    name: string,
    broken: readonly Extract<CheckResult, { readonly outcome: 'failed' }>[],
    all: number,
  ): Promise<Error> {
    const { SeveralProblems } = await import('../output/several-problems.ts');
    const { describeError } = await import('../output/describe-error.ts');
    const problems = broken.map(
      (check) =>
        new SluiceError('SLUICE_PLUGIN_NONCONFORMING', `${check.name}: ${check.error.message}`, {
          cause: check.error,
        }),
    );
    if (this.jsonEnabled()) return new SeveralProblems(problems.map(describeError));
    return new SluiceError(
      'SLUICE_PLUGIN_NONCONFORMING',
      `${name} breaks ${broken.length} of ${all} promises.`,
      {
        hint: 'What each check expects is in the plugin author’s guide (docs/plugin-authors.md).',
      },
    );
  }
}
