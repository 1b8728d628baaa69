import { Flags } from '@oclif/core';
import { type Observer, SluiceError } from '@sluice/core';
import type { PruneCandidate } from '@sluice/core/engine';
import { BaseCommand } from '../base-command.ts';

interface Pruned {
  /** Exact names, without the prefix. */
  readonly removed: readonly Named[];
  /** What nobody uses, but stays. */
  readonly left: readonly (Named & { readonly reason: string })[];
}

interface Named {
  readonly sink: string;
  readonly name: string;
}

export default class IndexesPrune extends BaseCommand {
  static override summary = 'Remove generations that no configuration uses, each by its exact name.';
  static override description =
    'Generations that this deployment wrote, from this very source, and that nobody wants any more: of indexes that are no longer in the configuration, and what a crash or a changed configuration left behind. Never what users search of an index in the configuration, nothing that a process writes to, and nothing without a record of its own. Lists them and asks first; without a terminal nothing is removed unless --yes is given.';
  static override examples = [
    '<%= config.bin %> indexes prune',
    '<%= config.bin %> indexes prune --yes',
    '<%= config.bin %> indexes prune --kept',
  ];

  static override flags = {
    yes: Flags.boolean({
      char: 'y',
      summary: 'Remove them without a question.',
      env: 'SLUICE_PRUNE_YES',
    }),
    kept: Flags.boolean({
      summary: 'Also former generations that are kept for a rollback.',
      env: 'SLUICE_PRUNE_KEPT',
    }),
  };

  async run(): Promise<Pruned> {
    const { flags } = await this.parse(IndexesPrune);
    const [deployments, { untilStopped }, { quietLogger }, { pruneCandidates, readGenerations }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../signals.ts'),
        import('../log/quiet-logger.ts'),
        import('@sluice/core/engine'),
      ]);
    const config = await deployments.readConfiguration(flags);
    const { result, exitCode } = await untilStopped(async (signal) => {
      await using deployment = await deployments.openDeployment(this.config, config, {
        logger: quietLogger(),
        parts: ['documents', 'sinks'],
      });
      const source = await deployment.documents.source();
      const candidates: PruneCandidate[] = [];
      for (const sink of deployment.sinks) {
        const held = await readGenerations(sink, config.indexes);
        candidates.push(...pruneCandidates(held, { source, kept: flags.kept }));
      }
      const removable = candidates.filter(({ obstacle }) => obstacle === null);
      const left = candidates.flatMap(({ sink, name, obstacle }) =>
        obstacle === null ? [] : [{ sink: sink.name, name, reason: obstacle }],
      );
      for (const { sink, name, reason } of left) this.log(`${sink}: ${name} stays: ${reason}`);
      if (removable.length === 0) {
        this.log('There is no generation to remove.');
        return { removed: [], left };
      }
      this.log(flags.kept ? 'Unused, or kept for a rollback:' : 'No configuration uses:');
      for (const { sink, name, promoted, record } of removable) {
        const searched = promoted ? ` (users can still search it as ${config.prefix}${record.index})` : '';
        this.log(`  ${sink.name}: ${config.prefix}${name}${searched}`);
      }
      if (!flags.yes) await this.#confirm(removable.length);
      return await this.#removeAll(removable, left, signal);
    });
    if (exitCode !== null) process.exitCode = exitCode;
    return result;
  }

  async #confirm(count: number): Promise<void> {
    if (this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) {
      throw new SluiceError('SLUICE_USAGE', 'Nothing was removed: nobody was there to be asked.', {
        hint: 'Give --yes to remove what is listed.',
      });
    }
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const what = count === 1 ? 'it' : `all ${count}`;
      const answer = (await terminal.question(`Remove ${what}? Type yes: `)).trim();
      if (answer !== 'yes') throw new SluiceError('SLUICE_USAGE', 'Nothing was removed.');
    } finally {
      terminal.close();
    }
  }

  async #removeAll(
    removable: readonly PruneCandidate[],
    before: Pruned['left'],
    signal: AbortSignal,
  ): Promise<Pruned> {
    const [{ pruneGeneration, fanOut }, { releaseKept }, { setTimeout: delay }] = await Promise.all([
      import('@sluice/core/engine'),
      import('../generations/release-kept.ts'),
      import('node:timers/promises'),
    ]);
    const observer: Observer = { warning: ({ message }) => this.logToStderr(message) };
    const context = {
      observer: fanOut([observer]),
      signal,
      onWait: (message: string) => this.logToStderr(message),
      pause: (ms: number) => delay(ms, undefined, { signal }),
    };
    const removed: Named[] = [];
    const left = [...before];
    for (const candidate of removable) {
      signal.throwIfAborted();
      const { sink, name, kept, record } = candidate;
      const { records } = sink.sink;
      const released =
        kept && records !== undefined && (await releaseKept(records, record.index, name, signal));
      const reason = released ? null : await pruneGeneration(candidate, context);
      if (reason === null) {
        this.log(`${sink.name}: removed ${name}`);
        removed.push({ sink: sink.name, name });
      } else {
        this.log(`${sink.name}: ${name} stays: ${reason}`);
        left.push({ sink: sink.name, name, reason });
      }
    }
    return { removed, left };
  }
}
