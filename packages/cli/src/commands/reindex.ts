import { Args, Flags } from '@oclif/core';
import { isSluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';

interface Reindexed {
  readonly index: string;
  readonly action: 'reindex' | 'rollback';
  readonly sinks: readonly {
    readonly sink: string;
    /** `asked`: on record, with --no-wait. */
    readonly state: 'asked' | 'done';
    /** What users search now; null with --no-wait. */
    readonly generation: { readonly number: number; readonly hash: string } | null;
    /** The number of the former generation that stays in step; null: none. */
    readonly kept: number | null;
  }[];
}

export default class Reindex extends BaseCommand {
  static override summary = 'Build an index anew beside the living one, or go back to the former generation.';
  static override description =
    'The run that keeps the index in step carries it out, in this process or any other: what is asked for here is on record in the sink. The living generation receives every change until the new one is complete; then the alias moves in one step. Other indexes go on undisturbed, and a crash loses nothing: the next run goes on.';
  static override examples = [
    '<%= config.bin %> reindex users',
    '<%= config.bin %> reindex users --keep',
    '<%= config.bin %> reindex users --rollback',
    '<%= config.bin %> reindex users --no-wait',
  ];

  static override args = {
    index: Args.string({ description: 'An index of the configuration.', required: true }),
  };

  static override flags = {
    keep: Flags.boolean({
      summary: 'Keep the present generation in step afterwards, so that --rollback can go back to it.',
      env: 'SLUICE_REINDEX_KEEP',
      exclusive: ['rollback'],
    }),
    rollback: Flags.boolean({
      summary: 'Go back to the kept generation; while a generation is being built, give that one up.',
      env: 'SLUICE_REINDEX_ROLLBACK',
    }),
    'no-wait': Flags.boolean({
      summary: 'Only put it on record, for the run to carry out.',
      env: 'SLUICE_REINDEX_NO_WAIT',
    }),
  };

  async run(): Promise<Reindexed> {
    const { args, flags } = await this.parse(Reindex);
    const [
      deployments,
      { untilStopped },
      { quietLogger },
      { sinksOf },
      { awaitRequest },
      { requestReindex },
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../signals.ts'),
      import('../log/quiet-logger.ts'),
      import('../generations/index-sinks.ts'),
      import('../generations/await-request.ts'),
      import('@sluice/core/engine'),
    ]);
    const config = await deployments.readConfiguration(flags);
    const action = flags.rollback ? 'rollback' : 'reindex';
    const { index } = args;
    const { result, exitCode } = await untilStopped(
      async (signal) => {
        await using deployment = await deployments.openDeployment(this.config, config, {
          logger: quietLogger(),
          parts: ['sinks'],
        });
        const sinks = sinksOf(config, deployment.sinks, index);
        const asked = [];
        for (const { name, records, required } of sinks) {
          try {
            const { request, joined } = await requestReindex(records, index, { action, keep: flags.keep });
            if (joined)
              this.logToStderr(`${index} in ${name}: this was asked for before and is not done yet`);
            asked.push({ sink: name, store: records, request });
          } catch (error) {
            if (required || sinks.length === 1 || !isSluiceError(error)) throw error;
            this.logToStderr(`warning: the optional sink "${name}" was not asked: ${error.message}`);
          }
        }
        if (flags['no-wait']) {
          this.log(`The ${action} of ${index} is on record. The run carries it out.`);
          const sinksAsked = asked.map(({ sink }) => ({
            sink,
            state: 'asked' as const,
            generation: null,
            kept: null,
          }));
          return { index, action, sinks: sinksAsked } as const;
        }
        const tell = (line: string) => this.logToStderr(line);
        const done = await Promise.all(
          asked.map(async ({ sink, store, request }) => {
            const { request: carriedOut, kept } = await awaitRequest({
              store,
              index,
              sink,
              request,
              signal,
              tell,
            });
            const generation = carriedOut?.generation ?? null;
            const keeps = kept === null ? '' : `; generation ${kept} is kept in step`;
            this.log(`${index} in ${sink}: users search generation ${generation?.number}${keeps}`);
            return { sink, state: 'done' as const, generation, kept };
          }),
        );
        return { index, action, sinks: done } as const;
      },
      { onStop: () => this.logToStderr('What was asked for stays on record: the run carries it out.') },
    );
    if (exitCode !== null) process.exitCode = exitCode;
    return result;
  }
}
