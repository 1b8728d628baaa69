import type { ChangeCapture } from '../../contracts/index.ts';
import type { TestSource } from '../source/index.ts';

/**
 * What a mechanism may be unable to give. Without it a document can stay wrong for ever, so the capture
 * has to say it: `inspect` reports a problem with a `guarantee` for every table concerned.
 *
 * - `deletes`: a deleted row is reported.
 * - `before`: an update that moves the key or a link tells where the row was.
 * - `truncates`: an emptied table is reported.
 * - `late commits`: a transaction that began to write before another committed, and commits after it
 *   was acknowledged, is reported. Without it a transaction may not be open for longer than a moment.
 * - `one stream`: a second process is refused while the first streams.
 */
export type CaptureGuarantee = 'deletes' | 'before' | 'truncates' | 'late commits' | 'one stream';

/** A source and the capture on it, for one check. */
export interface CaptureSource extends TestSource {
  /**
   * A new instance of the capture on this source, as a new process would make it: with the same options
   * each time, and none that another source's capture has (slot, schema, outbox).
   */
  open(): Promise<ChangeCapture>;

  /**
   * Cuts an instance off from the source for good, as if its machine died or its network failed: what it
   * has not sent yet never arrives, and the source lets go of its connections. The kit still calls
   * `close`.
   */
  cutOff(capture: ChangeCapture): Promise<void>;

  /**
   * Names of what `provision` made in the source, read from the source itself: empty before `provision`
   * and after `deprovision`. There is always something: at least what remembers the position.
   */
  remains(): Promise<readonly string[]>;

  /** Takes the mechanism away behind the capture's back (drops the slot, the outbox), while no stream runs. */
  lose(): Promise<void>;

  /**
   * Bytes that the instances hold in memory. Only for a source that lives in this process itself;
   * default: the heap after a collection.
   */
  memory?(): number;
}

/** All that the kit needs to know of a capture. */
export interface CaptureDriver {
  /** A new source for each check. */
  start(): Promise<CaptureSource>;

  /**
   * What the mechanism cannot give, each with words that `inspect` says of it in `guarantee`:
   * `{ deletes: /deletes/ }`. The checks that need it are then left out, and the words are looked for.
   */
  readonly missing?: Partial<Readonly<Record<CaptureGuarantee, RegExp>>>;

  /** How long the kit waits for what must come, in ms; it only bounds a failure. Default 30 s. */
  readonly patienceMs?: number;
}
