import { setTimeout as delay } from 'node:timers/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { ReadStatus } from '../status/read-status.ts';

/** Between two looks with --watch, in ms. */
const watchEvery = 2_000;
/** What is open is given this long to end, in ms. */
const closingMs = 1_000;

export default class Status extends BaseCommand {
  static override summary = 'Show how far every index is, what the source keeps, and who follows it.';
  static override description =
    'Asks source and sinks, with a running process and without one; changes nothing. Exit code 3 where the source or a required sink does not answer: what is known is shown nevertheless, with `--json` as `data` beside `error`. A sink is waited for 5 seconds.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status --json',
  ];

  static override flags = {
    watch: Flags.boolean({
      char: 'w',
      summary: 'Show it again every two seconds, until Ctrl-C.',
      env: 'SLUICE_STATUS_WATCH',
    }),
  };

  async run(): Promise<ReadStatus | null> {
    const { flags } = await this.parse(Status);
    const [{ openDeployment, readConfiguration }, { quietLogger }, { settledWithin }] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('@sluice/core/engine'),
    ]);
    const config = await readConfiguration(flags);
    const deployment = await openDeployment(this.config, config, {
      logger: quietLogger(),
      parts: ['capture', 'documents', 'sinks'],
    });
    try {
      if (!flags.watch || this.jsonEnabled()) return await this.#once(deployment);
      await this.#watch(deployment);
      return null;
    } finally {
      // Nothing was written: what did not answer is not waited for once more.
      await settledWithin(closingMs, Promise.resolve(deployment[Symbol.asyncDispose]()));
    }
  }

  async #once(
    deployment: import('../deployment.ts').Deployment<'capture' | 'documents' | 'sinks'>,
  ): Promise<ReadStatus> {
    const [{ readStatus }, { SeveralProblems }] = await Promise.all([
      import('../status/read-status.ts'),
      import('../output/several-problems.ts'),
    ]);
    const { status, problems } = await readStatus(deployment);
    await this.#print(status);
    if (problems.length > 0) throw new SeveralProblems(problems, status);
    return status;
  }

  async #watch(
    deployment: import('../deployment.ts').Deployment<'capture' | 'documents' | 'sinks'>,
  ): Promise<void> {
    const [{ readStatus }, { untilStopped }] = await Promise.all([
      import('../status/read-status.ts'),
      import('../signals.ts'),
    ]);
    const { exitCode } = await untilStopped(async (signal) => {
      while (!signal.aborted) {
        const { status, problems } = await readStatus(deployment);
        if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[J');
        this.log(`${new Date().toISOString()}\n`);
        await this.#print(status);
        for (const { message } of problems) this.log(this.palette.bad(message));
        await delay(watchEvery, undefined, { signal }).catch(() => undefined);
      }
    });
    process.exitCode = exitCode ?? 0;
  }

  async #print(status: ReadStatus): Promise<void> {
    const { renderStatus } = await import('../status/render-status.ts');
    for (const line of renderStatus(status, this.palette)) this.log(line);
  }
}
