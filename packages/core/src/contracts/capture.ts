import type { AcknowledgeToken, ChangeBatch, Position } from './change.ts';
import type { CaptureRequirements, CoverageReport, ProvisionReport, ProvisionScript } from './coverage.ts';

export interface CaptureLag {
  /** Log or outbox bytes that the source keeps for this capture. */
  readonly bytes?: number;
  readonly changes?: number;
  /** Age of the oldest change that is not acknowledged, in ms. */
  readonly oldestChangeAge?: number;
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
 * change nothing in the source.
 */
export interface ChangeCapture {
  /** Read-only. Throws `SLUICE_SOURCE_UNAVAILABLE` where the source cannot be reached. */
  inspect(required: CaptureRequirements): Promise<CoverageReport>;

  /**
   * Does what `inspect` says is missing and fixable; idempotent; safe to repeat after a crash at
   * any step. Identities come before publication, publication before slot. Throws
   * `SLUICE_CAPTURE_NOT_PROVISIONED` (with the SQL as hint) where the role may not.
   */
  provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport>;

  /** What `provision` would run, for a DBA. */
  script(required: CaptureRequirements): Promise<ProvisionScript>;

  /** Removes all that `provision` ever made and restores what it altered; idempotent. */
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
   * Resumes from the mechanism's own durable position: every change after it is yielded at least
   * once, in commit order. Pulling is the back-pressure; memory is bounded however slow the
   * consumer. One stream at a time. Ends normally when `signal` aborts. Throws
   * `SLUICE_SOURCE_UNAVAILABLE` (try again), `SLUICE_CAPTURE_LOST` (the mechanism can no longer
   * deliver), `SLUICE_CAPTURE_IN_USE` (another process holds it).
   */
  stream(required: CaptureRequirements, signal: AbortSignal): AsyncIterable<ChangeBatch>;

  /**
   * That batch, and every batch yielded before it, is durable everywhere. Cheap, never throws,
   * callable at any rate; the mechanism learns of it soon (at most a second later, and before
   * `close` resolves).
   */
  acknowledge(token: AcknowledgeToken): void;

  /**
   * A position that covers every transaction visible when it was called. Becomes durable only
   * if the stream runs. An idle stream moves to it too.
   */
  barrier(): Promise<Position>;

  /** Negative when a is before b, 0 when equal, positive when after. */
  comparePositions(a: Position, b: Position): number;

  /** Names this mechanism in this source: changes when it is another slot, outbox or kind. */
  identity(): Promise<string>;

  /** The position that the mechanism itself resumes from; null where it has none yet. */
  acknowledged(): Promise<Position | null>;

  /** Out of band: answers while the stream is blocked. */
  lag(): Promise<CaptureLag>;

  close(): Promise<void>;
}
