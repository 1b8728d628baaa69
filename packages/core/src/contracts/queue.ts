import type { ChangeBatch } from './change.ts';

/** What was published and not taken. */
export interface QueueDepth {
  readonly batches: number;
  readonly changes: number;
  readonly bytes: number;
}

/**
 * What lies between capture and engine: a bounded buffer, in which every batch that `publish` resolved
 * for comes out of `take` once, whole, and in the order of publishing.
 *
 * The engine acknowledges a batch to the capture when the sinks have it, never because the queue has
 * it; at the start of a session it empties the queue. So what a dead process had taken, or what a
 * queue that is not durable lost with it, comes again from the capture.
 */
export interface Queue {
  /**
   * Whether what was published and not taken outlives the process, even a killed one: the next
   * instance on the same store gives it.
   */
  readonly durable: boolean;
  /**
   * Waits while full, before those that came later. A batch larger than the bound is let in alone;
   * one without changes counts, too. When aborted it throws the signal's reason, and the batch does
   * not come out. Throws once the queue was closed.
   */
  publish(batch: ChangeBatch, signal: AbortSignal): Promise<void>;
  /**
   * All that is there, without waiting for more: at least one batch, at most `limit` changes in all
   * (one batch may be larger alone). null when the queue was closed and is empty. When aborted it
   * throws the signal's reason, and has taken nothing.
   */
  take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null>;
  /** Cheap: asked often. */
  depth(): QueueDepth;
  /** No more will be published; whose `publish` waits already still gets in. Idempotent. */
  close(): Promise<void>;
}
