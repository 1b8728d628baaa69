import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { ShownLetter } from '../dead-letters/shown-letter.ts';

interface Listed {
  readonly letters: readonly ShownLetter[];
  /** How many there are, also beyond `--limit`. */
  readonly total: number;
}

export default class DeadLettersList extends BaseCommand {
  static override summary = 'List the documents that could not be written, with the reason.';
  static override description =
    'Of indexes with `on_reject: dead_letter`. A letter goes by itself when its document is accepted: after its row was changed or deleted, or its index was built anew.';
  static override examples = [
    '<%= config.bin %> dead-letters list',
    '<%= config.bin %> dead-letters list users --limit 1000 --json',
  ];

  static override args = {
    index: Args.string({ description: 'Only those of this index.' }),
  };

  static override flags = {
    limit: Flags.integer({
      summary: 'How many to show.',
      env: 'SLUICE_DEAD_LETTERS_LIMIT',
      default: 100,
      min: 1,
    }),
  };

  async run(): Promise<Listed> {
    const { args, flags } = await this.parse(DeadLettersList);
    const [
      { openDeployment, readConfiguration },
      { quietLogger },
      { selectLetters },
      { keyText, shortReason, shownLetter },
      { renderTable },
      { formatCount },
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('../dead-letters/select-letters.ts'),
      import('../dead-letters/shown-letter.ts'),
      import('../output/table.ts'),
      import('../output/units.ts'),
    ]);
    const config = await readConfiguration(flags);
    await using deployment = await openDeployment(this.config, config, {
      logger: quietLogger(),
      parts: ['sinks'],
    });
    const letters: ShownLetter[] = [];
    let total = 0;
    for (const { box, letters: pages } of await selectLetters(deployment, { index: args.index, key: [] })) {
      for await (const page of pages()) {
        total += page.length;
        const room = flags.limit - letters.length;
        letters.push(...page.slice(0, room).map((letter) => shownLetter(box, letter)));
      }
    }
    if (total === 0) this.log('There are no dead letters.');
    else {
      const head = ['INDEX', 'KEY', 'SINK', 'GEN', 'SINCE', 'TIMES', 'REASON'];
      const rows = letters.map(({ index, key, sink, generation, firstAt, count, reason }) => [
        ...[index, keyText(key), sink, `${generation}`, firstAt, formatCount(count), shortReason(reason)],
      ]);
      this.log(renderTable(head, rows));
      const more = total - letters.length;
      if (more > 0) this.log(`\n${formatCount(more)} more: see --limit.`);
    }
    return { letters, total };
  }
}
