import type { AcknowledgeToken, ChangeBatch, Position } from './change.ts';
import type { CaptureRequirements, CoverageReport, ProvisionReport, ProvisionScript } from './coverage.ts';

/** How far acknowledging is behind the source; a member that the mechanism cannot tell is absent. */
export interface CaptureLag {
  /** Log or outbox bytes that the source keeps for this capture. */
  readonly bytes?: number;
  readonly changes?: number;
  /** Age of the oldest change that is not acknowledged, in ms. */
  readonly oldestChangeAge?: number;
}

/** What the source keeps for a capture, and what it will do with it; what the mechanism cannot tell is absent. */
export interface CaptureHealth {
  /**
   * `ready`: what is kept can be delivered. `endangered`: the source is about to let go of some of it by
   * itself. `lost`: it has. `absent`: nothing was made yet.
   */
  readonly state: 'ready' | 'endangered' | 'lost' | 'absent';
  /** Why it is endangered or lost, or what keeps the source from letting go, for people. */
  readonly reason?: string;
  /** Who reads it now, for people; absent where nobody does. */
  readonly heldBy?: string;
  /** Log or outbox bytes that the source keeps for this capture. */
  readonly retainedBytes?: number;
  /** Changes or rows that wait; an estimate where counting would cost. */
  readonly changes?: number;
  /** Age of the oldest change that is not acknowledged, in ms. */
  readonly oldestAge?: number;
  /** How much the source keeps at most by its own settings, in bytes; absent: no bound. */
  readonly sourceLimitBytes?: number;
  /** How much can still be written until the source lets go by itself. */
  readonly safeBytes?: number;
  /** In the mechanism's own words, such as `wal_status`. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

export interface ProvisionOptions {
  readonly signal: AbortSignal;
  /** Called when the source makes us wait: for which session, since when, by whom. */
  readonly onWait?: (message: string) => void;
}

/**
 * Finds out *which rows* changed; knows nothing of documents.
 *
 * Order of calls: `inspect`, `provision`, `stream`, `settled`, and then `acknowledge`, `barrier`
 * and `lag` at any time while the stream runs. `inspect`, `script` and `lag` are legal always and
 * change nothing in the source. There may be several instances on one mechanism, in several processes;
 * one of them streams.
 *
 * Every method that asks the source throws `SLUICE_SOURCE_UNAVAILABLE` where it cannot be reached (try
 * again).
 *
 * A mechanism that cannot report something (deletes, say, where it polls) may still be a capture:
 * `inspect` then says so of every table concerned, as a problem with its `guarantee`.
 */
export interface ChangeCapture {
  /** What there is of the mechanism, and of each required table, in their order, whether it is covered. */
  inspect(required: CaptureRequirements): Promise<CoverageReport>;

  /**
   * Does what `inspect` says is missing and fixable; idempotent; safe to repeat after it was broken off
   * at any step. A mechanism that is made begins now: what was committed before is not its business,
   * and tables can join it later, also while it streams. In the log, identities come before
   * publication, publication before slot. Throws `SLUICE_CAPTURE_NOT_PROVISIONED` (with the SQL as
   * hint) where the role may not.
   */
  provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport>;

  /** What `provision` would run now, for a DBA; nothing where nothing is missing. */
  script(required: CaptureRequirements): Promise<ProvisionScript>;

  /**
   * Removes all that `provision` ever made and restores what it altered, and says what that was;
   * idempotent. The application can write before, meanwhile and afterwards. Legal while nobody streams.
   */
  deprovision(options: ProvisionOptions): Promise<readonly string[]>;

  /** What `deprovision` would run, for a DBA, where this role may not. Read-only. */
  removal?(): Promise<readonly string[]>;

  /**
   * Resolves when a scan started afterwards sees every row whose writing transaction is not
   * certain to be delivered by the stream (a transaction open while a table joined the capture).
   * Legal after `provision`; may run beside the stream.
   */
  settled(options: ProvisionOptions): Promise<void>;

  /**
   * Resumes from the mechanism's own durable position: every change of a required table after it is
   * yielded at least once, when its transaction has committed; of what was rolled back nothing. A
   * transaction that began before another and commits after it is no exception. The order of changes
   * says nothing: documents are read as they are. Pulling is the back-pressure; memory is bounded
   * however slow the consumer.
   *
   * One stream at a time; an instance whose stream has ended may stream again. Ends normally when
   * `signal` aborts, and lets go of the mechanism when the consumer stops pulling for good. Throws
   * `SLUICE_CAPTURE_LOST` where the mechanism is gone or can no longer deliver (until it is provisioned
   * anew; or `SLUICE_CAPTURE_NOT_PROVISIONED` where there never was one), and `SLUICE_CAPTURE_IN_USE`
   * while another instance streams.
   */
  stream(required: CaptureRequirements, signal: AbortSignal): AsyncIterable<ChangeBatch>;

  /**
   * That batch, and every batch yielded before it, is durable everywhere. In any order, as often as it
   * comes, also after `close`; cheap; never throws, and ignores what is no token of its own. The
   * mechanism learns of it soon (at most a second later while the stream runs, and before `close`
   * resolves) and then does not yield it again. Inside a transaction the mechanism may count it only
   * when the whole transaction is acknowledged.
   */
  acknowledge(token: AcknowledgeToken): void;

  /**
   * A position that covers every transaction visible when it was called: whatever the stream yields up
   * to it includes their changes. Becomes durable only if the stream runs. An idle stream moves to it
   * too.
   */
  barrier(): Promise<Position>;

  /**
   * Negative when a is before b, 0 when equal, positive when after: for positions of batches the order in
   * which whichever instance of this mechanism yielded them. The position of a barrier is not after
   * those that cover it. Asks nobody.
   */
  comparePositions(a: Position, b: Position): number;

  /**
   * Names this mechanism in this source: the same for every instance, another when it is another slot,
   * outbox or kind, or was removed and made anew.
   */
  identity(): Promise<string>;

  /**
   * The position that the mechanism itself resumes from; null where it has none yet. Never goes back,
   * and never passes what was acknowledged.
   */
  acknowledged(): Promise<Position | null>;

  /** Answers while the stream is blocked. */
  lag(): Promise<CaptureLag>;

  /** Answers while the stream is blocked, also where nothing was made; changes nothing. */
  health?(): Promise<CaptureHealth>;

  /**
   * Lets go of all that the source keeps for this capture, and says what it did. The gap is on record in
   * the source before anything is let go: afterwards `inspect` says `lost`, or the stream yields a `resync`
   * of every table, also after a crash in between. Legal while this instance does not stream; throws
   * `SLUICE_CAPTURE_IN_USE`, having done nothing, where another one does. Idempotent; without a mechanism
   * it does nothing.
   */
  release?(reason: string, options: ProvisionOptions): Promise<readonly string[]>;

  /** Whether a text is a position of this kind of mechanism. Asks nobody. */
  isPosition?(text: string): boolean;

  /**
   * What `inspect` says by `heldBy`; null where nobody else follows the mechanism, or there is none. Cheap,
   * and changes nothing: a process that stands by asks every second, so that it takes over as soon as the
   * one that leads has ended. Absent: it tries to lead instead, every few seconds.
   */
  heldBy?(): Promise<string | null>;

  /** Hands over what was acknowledged, and ends every connection. Legal when no stream runs; twice is once. */
  close(): Promise<void>;
}
