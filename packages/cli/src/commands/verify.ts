import { Args, Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';
import type { VerifyProgress, VerifyResult } from '@sluice/core/engine';
import { BaseCommand } from '../base-command.ts';
import { durationFlag } from '../duration-flag.ts';

interface Verified extends VerifyResult {
  /** Nothing is wrong, and nothing unknown. */
  readonly equal: boolean;
}

const defaultTimeout = 60_000;

export default class Verify extends BaseCommand {
  static override summary = 'Compare what the sinks hold with what the rows say, while both change.';
  static override description =
    'Reads every row, and in each sink what lies in its place; then looks up in the source what else the sink lists. What differs is looked at again, after the running process made durable what was committed, so that a change on its way is no difference. Changes nothing without --repair. Exits with 1 where a document is wrong, or nothing is known of it since it keeps changing or the index is stopped; with 3 where it could not compare.';
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify users --repair',
    '<%= config.bin %> verify users --sample 1% --json',
  ];
  static override usage = 'verify [INDEX...]';
  static override strict = false;

  static override args = {
    index: Args.string({ description: 'Indexes of the configuration. Default: all that are enabled.' }),
  };

  static override flags = {
    repair: Flags.boolean({
      summary: 'Build what differs again and write it, by the rules of `run`; then compare it once more.',
      env: 'SLUICE_VERIFY_REPAIR',
    }),
    sample: Flags.string({
      summary: 'Compare only a part, chosen at random: a share (1%) or so many documents (10000).',
      env: 'SLUICE_VERIFY_SAMPLE',
      helpValue: 'PART',
    }),
    generation: Flags.string({
      summary: 'Verify this generation, or `all` that are complete, in place of the one that users search.',
      env: 'SLUICE_VERIFY_GENERATION',
      helpValue: 'NUMBER',
    }),
    sink: Flags.string({
      summary: 'Verify this sink only. May be given several times.',
      env: 'SLUICE_VERIFY_SINK',
      helpValue: 'NAME',
      multiple: true,
    }),
    timeout: durationFlag({
      summary: 'How long a running process may take to make durable what was committed before. Default: 60s.',
      env: 'SLUICE_VERIFY_TIMEOUT',
    }),
  };

  async run(): Promise<Verified> {
    const { flags, argv } = await this.parse(Verify);
    const [
      deployments,
      { untilStopped },
      { quietLogger },
      { parseSample },
      { failComparison },
      { renderVerification },
      engine,
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../signals.ts'),
      import('../log/quiet-logger.ts'),
      import('../verify/sample.ts'),
      import('../output/comparison-failed.ts'),
      import('../verify/render-verification.ts'),
      import('@sluice/core/engine'),
    ]);
    const sample = flags.sample === undefined ? null : parseSample(flags.sample);
    const generations = parseGeneration(flags.generation);
    const config = await deployments.readConfiguration(flags);
    const indexes = chosen(argv.map(String), config.indexes);
    const names = flags.sink ?? [];
    const unknown = names.find((name) => !config.sinks.some((sink) => sink.name === name));
    if (unknown !== undefined) {
      throw new SluiceError('SLUICE_USAGE', `The configuration has no sink "${unknown}".`, {
        hint: `It has ${config.sinks.map(({ name }) => name).join(', ')}.`,
      });
    }
    const { result, exitCode } = await untilStopped(async (signal) => {
      await using deployment = await deployments.openDeployment(this.config, config, {
        logger: quietLogger(),
        parts: ['capture', 'documents', 'sinks'],
      });
      using progress = this.#progress();
      const { verifications, skipped } = await engine.verifySluice({
        indexes,
        documents: deployment.documents,
        capture: deployment.capture,
        sinks: deployment.sinks.filter(({ name }) => names.length === 0 || names.includes(name)),
        generations,
        sample,
        repair: flags.repair,
        timeoutMs: flags.timeout ?? defaultTimeout,
        signal,
        onProgress: progress.show,
      });
      return { equal: verifications.every(engine.isEqual), verifications, skipped };
    }).catch(failComparison);
    for (const verification of result.verifications) this.log(renderVerification(verification, this.palette));
    for (const { index, sink, reason } of result.skipped) {
      this.log(`${this.palette.name(index)} in ${sink}: ${this.palette.note('not verified')}: ${reason}`);
    }
    process.exitCode = exitCode ?? (result.equal ? 0 : 1);
    return result;
  }

  /** One line on a terminal's stderr, written over; elsewhere nothing. */
  #progress(): Disposable & { readonly show: (progress: VerifyProgress) => void } {
    const { stderr } = process;
    const shown = stderr.isTTY === true && !this.jsonEnabled();
    let last = 0;
    const clear = () => {
      if (last > 0) stderr.write('\r\u001b[K');
    };
    return {
      show: ({ index, sink, compared, total, listed, suspected }) => {
        if (!shown || Date.now() - last < 200) return;
        last = Date.now();
        const share = total === 0 ? 100 : Math.floor((compared / total) * 100);
        stderr.write(
          `\r\u001b[K${index} in ${sink}: ${share} %, ${compared} compared, ${listed} looked up, ${suspected} looked at again`,
        );
      },
      [Symbol.dispose]: clear,
    };
  }
}

function parseGeneration(text: string | undefined): 'promoted' | 'all' | number {
  if (text === undefined) return 'promoted';
  if (text === 'all') return 'all';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new SluiceError('SLUICE_USAGE', `"${text}" is no generation.`, {
    hint: 'Write its number, or `all`.',
  });
}

function chosen<Index extends { readonly name: string; readonly enabled: boolean }>(
  names: readonly string[],
  indexes: readonly Index[],
): readonly Index[] {
  if (names.length === 0) return indexes.filter(({ enabled }) => enabled);
  return [...new Set(names)].map((name) => {
    const found = indexes.find((index) => index.name === name);
    if (found === undefined) {
      throw new SluiceError('SLUICE_USAGE', `The configuration has no index "${name}".`, {
        hint: `It has ${indexes.map((index) => index.name).join(', ')}.`,
      });
    }
    if (!found.enabled) {
      throw new SluiceError('SLUICE_USAGE', `Index "${name}" is disabled: nobody keeps it in step.`, {
        hint: 'Set `enabled: true` in the configuration.',
      });
    }
    return found;
  });
}
