import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { ShownLetter } from '../dead-letters/shown-letter.ts';

interface Shown {
  /** One for each sink and generation in which the document has a letter. */
  readonly letters: readonly ShownLetter[];
}

export default class DeadLettersShow extends BaseCommand {
  static override summary = 'Show all that is known of one document that could not be written.';
  static override description =
    'The parts of a composite key are written one after the other; the `_id` of the document does as well. `sluice preview` shows what the document would be now.';
  static override examples = [
    '<%= config.bin %> dead-letters show users 17',
    '<%= config.bin %> dead-letters show order_lines 1234 2',
  ];
  static override usage = 'dead-letters show INDEX KEY...';
  static override strict = false;

  static override args = {
    index: Args.string({ description: 'The index.', required: true }),
    key: Args.string({
      description: 'The key of the row; all of its values where it is made of several columns.',
      required: true,
    }),
  };

  async run(): Promise<Shown> {
    const { args, argv, flags } = await this.parse(DeadLettersShow);
    const [
      { openDeployment, readConfiguration },
      { quietLogger },
      selection,
      { keyText, printable, shownLetter },
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('../dead-letters/select-letters.ts'),
      import('../dead-letters/shown-letter.ts'),
    ]);
    const key = argv.slice(1).map(String);
    const config = await readConfiguration(flags);
    await using deployment = await openDeployment(this.config, config, {
      logger: quietLogger(),
      parts: ['sinks'],
    });
    const letters: ShownLetter[] = [];
    for (const { box, letters: pages } of await selection.selectLetters(deployment, {
      index: args.index,
      key,
    })) {
      for await (const page of pages()) letters.push(...page.map((letter) => shownLetter(box, letter)));
    }
    if (letters.length === 0) throw selection.notFound(args.index, key);
    for (const letter of letters) {
      const lines = [
        ['index', `${letter.index}, generation ${letter.generation}, in sink ${letter.sink}`],
        ['key', keyText(letter.key)],
        ['id', printable(letter.id)],
        ...(letter.routing === null ? [] : [['routing', printable(letter.routing)]]),
        ['cause', letter.cause],
        ['reason', printable(letter.reason)],
        ['first', letter.firstAt],
        ['last', letter.lastAt],
        ['times', `${letter.count}`],
        ['version', letter.version],
      ];
      this.log(lines.map(([name = '', value]) => `${name.padEnd(8)} ${value}`).join('\n'));
      this.log('');
    }
    return { letters };
  }
}
