import type { ChangeBatch } from './change.ts';

export interface QueueDepth {
  readonly batches: number;
  readonly changes: number;
  readonly bytes: number;
}

/**
 * What lies between capture and engine. A durable queue lets the capture acknowledge when the
 * queue has the batch; a volatile one only when the sinks have it.
 */
export interface Queue {
  readonly durable: boolean;
  /** In order. Waits while full; throws the signal's reason when aborted. A batch larger than the bound is let in alone. */
  publish(batch: ChangeBatch, signal: AbortSignal): Promise<void>;
  /**
   * The next batches in order, at least one, at most `limit` changes in all (one batch may be
   * larger alone): all that is there, without waiting for more. null when the queue was closed
   * and is empty. Throws the signal's reason when aborted.
   */
  take(limit: number, signal: AbortSignal): Promise<readonly ChangeBatch[] | null>;
  depth(): QueueDepth;
  /** No more will be published. */
  close(): Promise<void>;
}
