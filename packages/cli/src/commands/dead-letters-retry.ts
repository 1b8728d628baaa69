import { type DeadLetter, isSluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import { requireSelection } from '../dead-letters/require-selection.ts';
import { selectionArgs, selectionFlags } from '../dead-letters/selection-flags.ts';

interface Tried {
  readonly index: string;
  readonly sink: string;
  readonly generation: number;
  readonly key: readonly string[];
  readonly id: string;
  readonly outcome: 'accepted' | 'deleted' | 'refused';
  /** Why, where it was refused. */
  readonly reason: string | null;
}

interface Retried {
  readonly accepted: number;
  /** No row makes the document any more: it was removed. */
  readonly deleted: number;
  readonly refused: number;
  /** The letters that were refused, and with a key all of them; of very many the first. */
  readonly letters: readonly Tried[];
}

/** Results of this many letters are kept for the end. */
const mostTold = 1_000;

export default class DeadLettersRetry extends BaseCommand {
  static override summary = 'Build documents that could not be written once more, and write them.';
  static override description =
    'From the rows as they are now. Harmless beside a run: whichever state is newer stays. Exits with 1 where a document was refused again. A changed row is tried by the run itself; this is for what was mended elsewhere, such as a limit of the cluster or a function.';
  static override examples = [
    '<%= config.bin %> dead-letters retry --all',
    '<%= config.bin %> dead-letters retry users',
    '<%= config.bin %> dead-letters retry users 17',
  ];
  static override usage = 'dead-letters retry [INDEX [KEY...]] [--all]';
  static override strict = false;

  static override args = selectionArgs;

  static override flags = selectionFlags;

  async run(): Promise<Retried> {
    const { args, argv, flags } = await this.parse(DeadLettersRetry);
    const [
      deployments,
      { quietLogger },
      { notFound, selectLetters },
      { retryObserver },
      shown,
      engine,
      signals,
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('../dead-letters/select-letters.ts'),
      import('../dead-letters/retry-observer.ts'),
      import('../dead-letters/shown-letter.ts'),
      import('@sluice/core/engine'),
      import('../signals.ts'),
    ]);
    const key = argv.slice(1).map(String);
    const selection = { index: args.index, key };
    requireSelection('try again', args.index, flags.all);
    const config = await deployments.readConfiguration(flags);
    const counts = { accepted: 0, deleted: 0, refused: 0 };
    const told: Tried[] = [];
    const { exitCode } = await signals.untilStopped(async (signal) => {
      await using deployment = await deployments.openDeployment(this.config, config, {
        logger: quietLogger(),
        parts: ['documents', 'sinks'],
      });
      const { documents } = deployment;
      const observer = engine.fanOut([retryObserver((line) => this.logToStderr(line))]);
      const source = await documents.source();
      for (const { box, letters } of await selectLetters(deployment, selection)) {
        let retry: import('@sluice/core/engine').DeadLetterRetry | null = null;
        for await (const page of letters()) {
          signal.throwIfAborted();
          const results = await (async () => {
            retry ??= await engine.DeadLetterRetry.open(box, source, { documents, observer, signal });
            return retry.retry(page);
          })().catch((error: unknown) => unfit(error, page));
          for (const { letter, outcome, reason } of results) {
            counts[outcome] += 1;
            const tried = triedLetter(box, letter, outcome, reason);
            if ((outcome !== 'refused' && key.length === 0) || told.length === mostTold) continue;
            told.push(tried);
            const what = reason === null ? outcome : `refused again: ${shown.shortReason(reason)}`;
            this.log(`${box.record.index} ${shown.keyText(letter.key)}: ${what}`);
          }
        }
      }
      const tried = counts.accepted + counts.deleted + counts.refused;
      if (tried === 0 && args.index !== undefined && key.length > 0) throw notFound(args.index, key);
    });
    const { accepted, deleted, refused } = counts;
    if (accepted + deleted + refused === 0) this.log('There are no dead letters.');
    else this.log(`${accepted} accepted, ${deleted} deleted with their rows, ${refused} refused again.`);
    process.exitCode = exitCode ?? (refused > 0 ? 1 : 0);
    return { ...counts, letters: told };
  }
}

/** A former generation whose schema no longer fits the tables must not keep others from being tried. */
function unfit(
  error: unknown,
  letters: readonly DeadLetter[],
): readonly import('@sluice/core/engine').RetriedLetter[] {
  if (!isSluiceError(error, 'SLUICE_SOURCE_DRIFT')) throw error;
  return letters.map((letter) => ({ letter, outcome: 'refused', reason: error.message }));
}

function triedLetter(
  { record, sink }: import('@sluice/core/engine').DeadLetterBox,
  { key, id }: DeadLetter,
  outcome: Tried['outcome'],
  reason: string | null,
): Tried {
  return { index: record.index, sink: sink.name, generation: record.number, key, id, outcome, reason };
}
