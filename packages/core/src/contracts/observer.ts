import type { CaptureHealth } from './capture.ts';
import type { TableName } from './change.ts';

/** What part of a batch's way took how long, in ms. */
export type Stage = 'fence' | 'resolve' | 'build' | 'write';

/** `standing by`: another process leads; this one takes over when that one ends. */
export type RunPhase =
  | 'connecting'
  | 'standing by'
  | 'provisioning'
  | 'backfilling'
  | 'live'
  | 'draining'
  | 'stopped';

/** How much of what the user allowed the source keeps for Sluice: see `source.limits`. */
export type SafetyLevel = 'fine' | 'warning' | 'limit';

/**
 * Sees what happens. Synchronous and cheap; every method is optional; what it throws is ignored.
 * Metrics, logs, the progress view and the status page are all observers.
 */
export interface Observer {
  phase?(phase: RunPhase): void;
  captured?(event: { readonly changes: number; readonly bytes: number }): void;
  /** A merged group of batches became durable in every required sink. */
  durable?(event: {
    readonly changes: number;
    readonly committedAt: number | null;
    readonly at: number;
  }): void;
  acknowledged?(event: { readonly position: string }): void;
  stage?(event: {
    readonly stage: Stage;
    readonly index: string | null;
    readonly ms: number;
    readonly items: number;
  }): void;
  written?(event: {
    readonly index: string;
    readonly sink: string;
    readonly documents: number;
    readonly deletes: number;
    readonly conflicts: number;
    readonly source: 'live' | 'scan';
  }): void;
  rejected?(event: {
    readonly index: string;
    readonly sink: string;
    readonly id: string;
    readonly reason: string;
    readonly policy: string;
  }): void;
  /**
   * The dead letters of an index in a sink: how many came and went, and how many there are now. Told
   * once where a session begins, and then whenever that changes.
   */
  deadLetters?(event: {
    readonly index: string;
    readonly sink: string;
    /** Of the generation. */
    readonly generation: number;
    readonly added: number;
    readonly cleared: number;
    readonly total: number;
  }): void;
  retry?(event: {
    readonly what: 'source' | 'sink';
    readonly name: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: Error;
  }): void;
  /** A sink or the source answers again. */
  recovered?(event: { readonly what: 'source' | 'sink'; readonly name: string }): void;
  backfill?(event: {
    readonly index: string;
    readonly sink: string;
    readonly rows: number;
    readonly total: number;
    readonly done: boolean;
    readonly kind: 'backfill' | 'reconcile';
    readonly reason?: string;
  }): void;
  promoted?(event: { readonly index: string; readonly sink: string; readonly generation: number }): void;
  /** What the source keeps for a capture: every few seconds, while a session is waited for, too. */
  health?(event: {
    /** The plugin's short name. */
    readonly capture: string;
    readonly health: CaptureHealth;
    readonly level: SafetyLevel;
  }): void;
  /** What waits between capture and sinks: every few seconds. */
  queued?(event: {
    readonly batches: number;
    readonly bytes: number;
    /** Merged groups of batches of which something is still to be done. */
    readonly unfinished: number;
  }): void;
  /** The source was made to let go of what it kept: every index is reconciled. */
  released?(event: { readonly capture: string; readonly reason: string }): void;
  /** Something an operator must know, though the run goes on. `code` is of the catalogue. */
  warning?(event: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly index?: string;
    readonly table?: TableName;
  }): void;
  info?(event: { readonly message: string }): void;
}
