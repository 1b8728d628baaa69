import type { DeadLetter, DocumentBuilder, IndexPlan, Observer, SourceState } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import {
  buildWithPolicy,
  type DeliveryContext,
  deliver,
  EpochConflict,
  VersionClock,
} from '../delivery/delivery.ts';
import { placeOf } from '../delivery/pending-keys.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { Target } from '../generations/target.ts';
import { judgeIdentity, otherSourceError } from '../identity/source-identity.ts';
import type { DeadLetterBox } from './dead-letter-boxes.ts';

/** What became of a letter that was tried again. */
export interface RetriedLetter {
  readonly letter: DeadLetter;
  /** `accepted`: the sink holds the document now. `deleted`: no row makes it any more. `refused`: as before. */
  readonly outcome: 'accepted' | 'deleted' | 'refused';
  /** Why, where it was refused. */
  readonly reason: string | null;
}

export interface RetryOptions {
  readonly documents: DocumentBuilder;
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
}

/**
 * Builds documents with dead letters again, from the rows as they are now, and writes them: beside a
 * run that follows the source, since versions decide which of two writes is newer.
 */
export class DeadLetterRetry {
  readonly #box: DeadLetterBox;
  readonly #plan: IndexPlan;
  readonly #target: Target;
  readonly #context: DeliveryContext;

  private constructor(box: DeadLetterBox, plan: IndexPlan, { documents, observer, signal }: RetryOptions) {
    this.#box = box;
    this.#plan = plan;
    const health = new SinkHealth(box.sink.name, observer);
    this.#target = new Target({
      // Somebody waits for the answer, also where a run would go on without the sink.
      sink: { ...box.sink, required: true, health, patienceMs: Number.POSITIVE_INFINITY },
      record: box.record,
      revision: null,
      wanted: true,
      memory: new Map(),
      observer,
    });
    this.#context = { builder: documents, observer, versions: new VersionClock(), signal };
  }

  /**
   * @param source What `documents.source()` reports
   * @throws SLUICE_SOURCE_IDENTITY where the generation was written from another source or history,
   * SLUICE_SOURCE_DRIFT where its schema does not fit the tables any more
   */
  static async open(
    box: DeadLetterBox,
    source: SourceState,
    options: RetryOptions,
  ): Promise<DeadLetterRetry> {
    const { record, sink } = box;
    const lease = record.lease === null ? 'free' : 'held';
    const judged = judgeIdentity({ recorded: record.source, now: source, lease });
    if (judged.verdict === 'refused') throw otherSourceError(record.index, sink.name, judged.reason);
    if (judged.verdict !== 'same') {
      throw new SluiceError('SLUICE_SOURCE_HISTORY_CHANGED', `index "${record.index}": ${judged.reason}`, {
        hint: 'Let `sluice run` raise the epoch and reconcile the index first: that tries every document again.',
      });
    }
    const [bound] = await options.documents.bind([record.schema]);
    if (bound === undefined || bound.plan === null) {
      const problems = bound?.diagnostics.map(({ message }) => message).join('; ') ?? '';
      throw new SluiceError(
        'SLUICE_SOURCE_DRIFT',
        `Generation ${record.number} of index "${record.index}" no longer fits the tables: ${problems}`,
        { hint: 'Run `sluice check` to see what changed, and fit the schema to it.' },
      );
    }
    return new DeadLetterRetry(box, bound.plan, options);
  }

  /** One result for each letter, in order. Durable when it resolves. */
  async retry(letters: readonly DeadLetter[]): Promise<readonly RetriedLetter[]> {
    const { store, generation } = this.#box;
    // The letters as they are: what is accepted now removes them.
    this.#target.deadLetters?.expect(letters);
    const policy = 'dead_letter';
    const { builder } = this.#context;
    const built = await buildWithPolicy(policy, (told) => builder.build(this.#plan, letters, told));
    try {
      await deliver(
        { target: this.#target, plan: this.#plan, policy, ...built, origin: 'live' },
        this.#context,
      );
    } catch (error) {
      throw error instanceof EpochConflict ? conflictError(error) : error;
    }
    const left = new Map((await store.get(generation, letters)).map((letter) => [placeOf(letter), letter]));
    const alive = new Set(built.documents.filter(({ body }) => body !== null).map(placeOf));
    return letters.map((letter) => {
      const place = placeOf(letter);
      const still = left.get(place);
      if (still !== undefined) return { letter: still, outcome: 'refused', reason: still.reason };
      return { letter, outcome: alive.has(place) ? 'accepted' : 'deleted', reason: null };
    });
  }
}

function conflictError(error: EpochConflict): SluiceError {
  return new SluiceError('SLUICE_SINK_CONFLICT', error.message, {
    hint: '`sluice run` raises the epoch and reconciles the index, which tries every document again.',
  });
}
