import { Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import { requireSelection } from '../dead-letters/require-selection.ts';
import { selectionArgs, selectionFlags } from '../dead-letters/selection-flags.ts';

interface Discarded {
  readonly discarded: number;
}

const consequence =
  'Their documents stay as they are in the index, out of date or missing, until their rows change; nothing lists them any more.';

export default class DeadLettersDiscard extends BaseCommand {
  static override summary = 'Forget that documents could not be written.';
  static override description =
    `${consequence} \`sluice verify\` reports them as differences from then on. Asks in a terminal; elsewhere --yes is needed.`;
  static override examples = [
    '<%= config.bin %> dead-letters discard users 17',
    '<%= config.bin %> dead-letters discard users --yes',
    '<%= config.bin %> dead-letters discard --all --yes',
  ];
  static override usage = 'dead-letters discard [INDEX [KEY...]] [--all] [--yes]';
  static override strict = false;

  static override args = selectionArgs;

  static override flags = {
    ...selectionFlags,
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask.', env: 'SLUICE_YES' }),
  };

  async run(): Promise<Discarded> {
    const { args, argv, flags } = await this.parse(DeadLettersDiscard);
    const [{ openDeployment, readConfiguration }, { quietLogger }, selecting] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('../dead-letters/select-letters.ts'),
    ]);
    requireSelection('discard', args.index, flags.all);
    const key = argv.slice(1).map(String);
    const config = await readConfiguration(flags);
    await using deployment = await openDeployment(this.config, config, {
      logger: quietLogger(),
      parts: ['sinks'],
    });
    const selected = await selecting.selectLetters(deployment, { index: args.index, key });
    let found = 0;
    for (const { letters } of selected) for await (const page of letters()) found += page.length;
    if (found === 0) {
      if (args.index !== undefined && key.length > 0) throw selecting.notFound(args.index, key);
      this.log('There are no dead letters.');
      return { discarded: 0 };
    }
    if (!flags.yes) await this.#confirm(found);
    let discarded = 0;
    for (const { box, letters } of selected) {
      for await (const page of letters()) discarded += await box.store.remove(box.generation, page);
    }
    this.log(`Discarded ${lettersText(discarded)}. ${consequence}`);
    return { discarded };
  }

  /** In a terminal only: a script gets an error at once. */
  async #confirm(found: number): Promise<void> {
    if (this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) {
      throw new SluiceError('SLUICE_USAGE', `Nothing was discarded: ${lettersText(found)} would go.`, {
        hint: `${consequence} To discard them, give --yes.`,
      });
    }
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const answer = await terminal.question(`${consequence}\nDiscard ${lettersText(found)}? [y/N] `);
      if (/^y(es)?$/i.test(answer.trim())) return;
      throw new SluiceError('SLUICE_USAGE', 'Nothing was discarded.');
    } finally {
      terminal.close();
    }
  }
}

function lettersText(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`;
}
