import type { Queue } from '../../contracts/index.ts';

/** What the checks need to drive one queue and its store. */
export interface QueueDriver {
  /** Whether the queues are durable. The checks hold them to it. */
  readonly durable: boolean;

  /**
   * What a queue of `open` may hold: configure it so that it is full beyond either. Small, so that
   * the checks can fill it: about 100 changes, 10 kB; at least 20 changes, 2 kB.
   */
  readonly bound: { readonly changes: number; readonly bytes: number };

  /**
   * A new instance of the queue with this name; an unknown name means an empty queue. The checks open
   * a name a second time only where the queue is durable, and only after `kill`.
   */
  open(name: string): Promise<Queue>;

  /**
   * Ends an instance as a killed process would: nothing is flushed or handed back. Needed where the
   * queue is durable; resolves when another instance may be opened.
   */
  kill?(queue: Queue): Promise<void>;

  /** After the last check: removes what the checks made, and closes what is open. */
  cleanUp?(): Promise<void>;
}
