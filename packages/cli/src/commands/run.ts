import { Flags } from '@oclif/core';
import { type Observer, SluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../log/logger.ts';

interface Outcome {
  readonly outcome: 'complete' | 'stopped';
  readonly written: number;
  readonly deleted: number;
  readonly rejected: number;
  /** Documents put aside that wait to be mended: see `dead-letters list`. */
  readonly deadLetters: number;
  readonly elapsedMs: number;
}

export default class Run extends BaseCommand {
  static override summary = 'Fill the indexes, then follow every change.';
  static override description =
    'Makes what the capture needs in the source where the role may (see `provision`). Goes on where the last run ended. Started twice on one configuration, the second one stands by and takes over when the first one ends. The first SIGINT or SIGTERM writes what is on its way and leaves; a second one leaves at once. In a terminal it shows how far it is, elsewhere it writes one log line per event to stderr.';
  static override examples = [
    '<%= config.bin %> run',
    '<%= config.bin %> run --once',
    '<%= config.bin %> run --locked --log-format json',
  ];

  static override flags = {
    once: Flags.boolean({
      summary: 'Fill, catch up with everything visible now, and exit.',
      env: 'SLUICE_ONCE',
    }),
    'keep-capture': Flags.boolean({
      summary:
        'With --once: leave what the capture made (slot, publication, identities) for the next run. Otherwise all of it is removed, unless --no-provision.',
      env: 'SLUICE_KEEP_CAPTURE',
      dependsOn: ['once'],
    }),
    locked: Flags.boolean({
      summary: 'Run sluice.lock in the working directory instead of the configuration.',
      env: 'SLUICE_LOCKED',
    }),
    lock: Flags.string({
      summary: 'Run this lock, which `build` wrote, instead of the configuration.',
      env: 'SLUICE_LOCK',
      helpValue: 'FILE',
    }),
    backfill: Flags.boolean({
      summary: 'Send all rows again to sinks that keep no record of what they hold (stdout).',
      env: 'SLUICE_BACKFILL',
      exclusive: ['skip-backfill'],
    }),
    'skip-backfill': Flags.boolean({
      summary: 'Take indexes that were never filled as they are: follow changes only.',
      env: 'SLUICE_SKIP_BACKFILL',
    }),
    'no-provision': Flags.boolean({
      summary: 'Change nothing in the source: fail where something is missing.',
      env: 'SLUICE_NO_PROVISION',
    }),
    adopt: Flags.boolean({
      summary: 'Take over indexes that were filled from another database or a copy of this one.',
      env: 'SLUICE_ADOPT',
    }),
    'log-format': Flags.option({ options: logFormats })({
      summary: 'Write log lines in this form, in a terminal too.',
      env: 'SLUICE_LOG_FORMAT',
    }),
    'log-level': Flags.option({ options: logLevels, default: 'info' })({
      summary: 'The least important lines to write.',
      env: 'SLUICE_LOG_LEVEL',
    }),
  };

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Run);
    const [deployments, { requireNoneStopped, runDeployment }, { untilStopped }, { trackProgress }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../run/run-deployment.ts'),
        import('../signals.ts'),
        import('../run/progress.ts'),
        import('../server/serve-run.ts'),
      ]);
    const config = await deployments.readConfiguration(flags);
    const printsDocuments = config.sinks.some(({ plugin }) => plugin === 'stdout');
    if (printsDocuments && this.jsonEnabled()) {
      throw new SluiceError('SLUICE_USAGE', '--json and a stdout sink both want standard output.', {
        hint: 'Leave out --json: the documents are JSON lines already.',
      });
    }
    const progress = trackProgress();
    const screenIsFree = process.stderr.isTTY === true && !(printsDocuments && process.stdout.isTTY === true);
    const wantsView = screenIsFree && flags['log-format'] === undefined && !this.jsonEnabled();
    using display = wantsView
      ? await this.#liveView(progress.snapshot)
      : await this.#logLines(flags['log-format'] ?? 'logfmt', flags['log-level']);

    const { result, exitCode } = await untilStopped(
      async (signal) => {
        await using deployment = await deployments.openDeployment(this.config, config, {
          logger: display.logger,
          stdout: process.stdout,
          parts: deployments.everyPart,
        });
        await using served = await this.#serve(deployment, progress.snapshot, display.logger);
        return await runDeployment(deployment, {
          observers: [progress.observer, display.observer, ...(served?.observers ?? [])],
          ...(served === null ? {} : { onControl: served.onControl }),
          signal,
          once: flags.once,
          keepCapture: flags['keep-capture'],
          backfill: flags.backfill,
          skipBackfill: flags['skip-backfill'],
          provision: !flags['no-provision'],
          adopt: flags.adopt,
        });
      },
      { onStop: (name) => display.say(`${name}: writing what is on its way; once more to leave at once`) },
    );
    requireNoneStopped(result);
    if (exitCode !== null) process.exitCode = exitCode;
    const { written, deleted, rejected, deadLetters, elapsed } = progress.snapshot();
    const { outcome } = result;
    if (flags.once) display.conclude({ outcome, written, deleted, rejected, deadLetters, ms: elapsed });
    if (deadLetters > 0) {
      const letters = deadLetters === 1 ? '1 dead letter' : `${deadLetters} dead letters`;
      display.say(`${letters}: "${this.config.bin} dead-letters list" shows why`);
    }
    return { outcome, written, deleted, rejected, deadLetters, elapsedMs: elapsed };
  }

  async #serve(
    deployment: import('../deployment.ts').Deployment<'sinks'>,
    snapshot: () => import('../run/progress.ts').ProgressSnapshot,
    logger: import('@sluice/core').Logger,
  ): Promise<import('../server/serve-run.ts').ServedRun | null> {
    const { server } = deployment.config;
    if (server === null) return null;
    const { serveRun } = await import('../server/serve-run.ts');
    return await serveRun(deployment, server, snapshot, logger);
  }

  async #liveView(snapshot: () => import('../run/progress.ts').ProgressSnapshot): Promise<Display> {
    const [{ liveScreen }, { renderView }, { createLogger }, { paletteFor }] = await Promise.all([
      import('../run/screen.ts'),
      import('../run/view.ts'),
      import('../log/logger.ts'),
      import('../output/palette.ts'),
    ]);
    const palette = paletteFor(process.stderr, process.env);
    const screen = liveScreen(process.stderr, (width) => renderView(snapshot(), palette, width));
    const write = (line: string) => screen.print(line.trimEnd());
    return {
      logger: createLogger({ format: 'logfmt', level: 'warn', write }),
      observer: { info: ({ message }) => screen.print(message) },
      say: screen.print,
      // The last state stays on the screen.
      conclude: () => undefined,
      [Symbol.dispose]: () => screen[Symbol.dispose](),
    };
  }

  async #logLines(format: LogFormat, level: LogLevel): Promise<Display> {
    const [{ createLogger }, { logObserver }] = await Promise.all([
      import('../log/logger.ts'),
      import('../log/log-observer.ts'),
    ]);
    const logger = createLogger({ format, level, write: (line) => process.stderr.write(line) });
    return {
      logger,
      observer: logObserver(logger),
      say: (text) => logger.info(text),
      conclude: (totals) => logger.info('done', totals),
      [Symbol.dispose]: () => undefined,
    };
  }
}

/** Where a person or a log collector sees the run. */
interface Display extends Disposable {
  readonly logger: import('@sluice/core').Logger;
  readonly observer: Observer;
  readonly say: (text: string) => void;
  /** What a run that is over did, in one line. */
  readonly conclude: (totals: Readonly<Record<string, unknown>>) => void;
}
