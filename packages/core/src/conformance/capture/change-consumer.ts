import type {
  CaptureRequirements,
  Change,
  ChangeBatch,
  ChangeCapture,
  Position,
} from '../../contracts/index.ts';
import { waitUntil } from '../wait-until.ts';

/** Pulls from a capture and keeps what comes; acknowledges when it is told to. For tests. */
export class ChangeConsumer {
  readonly batches: ChangeBatch[] = [];
  readonly changes: Change[] = [];
  /** What the stream ended with, where it did not end by itself. */
  error: unknown;
  done = false;
  readonly capture: ChangeCapture;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  readonly #patienceMs: number | undefined;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  constructor(
    capture: ChangeCapture,
    required: CaptureRequirements,
    options: { readonly patienceMs?: number | undefined } = {},
  ) {
    this.capture = capture;
    this.#patienceMs = options.patienceMs;
    this.#running = this.#run(required);
  }

  async #run(required: CaptureRequirements): Promise<void> {
    try {
      for await (const batch of this.capture.stream(required, this.#abort.signal)) {
        this.batches.push(batch);
        for (const change of batch.changes) this.changes.push(change);
        // A batch that only moves the position may come at any time, and is no reason to stop.
        if (batch.changes.length > 0) await this.#gate;
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.done = true;
    }
  }

  /** Takes the next batch with changes, and then pulls no more until `resume`. */
  pause(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open();
    this.#gate = Promise.resolve();
  }

  acknowledgeAll(): void {
    const last = this.batches.at(-1);
    if (last !== undefined) this.capture.acknowledge(last.token);
  }

  /** Waits until the stream has yielded `position`. Throws what the stream ended with. */
  async reaches(position: Position): Promise<void> {
    await this.until(`position ${position}`, () => {
      const at = this.batches.findLast((batch) => batch.position !== null)?.position;
      return at != null && this.capture.comparePositions(at, position) >= 0;
    });
  }

  /** Everything that was committed before the call has been yielded. */
  async caughtUp(): Promise<void> {
    await this.reaches(await this.capture.barrier());
  }

  /** Waits for a condition on what came so far. Throws what the stream ended with. */
  async until(what: string, condition: (changes: readonly Change[]) => boolean): Promise<readonly Change[]> {
    await waitUntil(() => condition(this.changes) || this.done, { what, patienceMs: this.#patienceMs });
    if (condition(this.changes)) return this.changes;
    if (this.error instanceof Error) throw this.error;
    throw new Error(`The stream ended before ${what}`, { cause: this.error });
  }

  /** Waits for the stream's end and gives what it threw; undefined where it ended normally. */
  async failure(): Promise<unknown> {
    await waitUntil(() => this.done, { what: 'the stream to end', patienceMs: this.#patienceMs });
    return this.error;
  }

  /** Aborts the stream and waits until it has ended. Throws where it does not end. */
  async stop(): Promise<void> {
    this.resume();
    this.#abort.abort();
    await waitUntil(() => this.done, { what: 'the stream to end', patienceMs: this.#patienceMs });
    await this.#running;
  }
}
