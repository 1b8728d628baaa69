import type { Observer, RunPhase } from '@sluice/core';
import { Rate, timeLeft } from './rate.ts';

/** How many of the newest latencies are kept for the median. */
const latencySamples = 101;

/** One index being filled, or filled, in one sink. */
export interface FillProgress {
  readonly index: string;
  readonly sink: string;
  readonly kind: 'backfill' | 'reconcile';
  readonly rows: number;
  readonly total: number;
  readonly done: boolean;
  readonly perSecond: number;
  /** ms; null while nobody can tell. */
  readonly timeLeft: number | null;
}

/** What a person wants to see of a run, at one moment. */
export interface ProgressSnapshot {
  readonly phase: RunPhase;
  /** ms since the start. */
  readonly elapsed: number;
  readonly fills: readonly FillProgress[];
  readonly written: number;
  readonly deleted: number;
  readonly rejected: number;
  /** Documents put aside that wait to be mended, in all sinks. */
  readonly deadLetters: number;
  readonly perSecond: number;
  /** Median ms from commit to durable of the newest changes; null before the first. */
  readonly latency: number | null;
  /** What is being waited for, newest last. */
  readonly waiting: readonly { readonly name: string; readonly attempt: number; readonly reason: string }[];
  /** The newest warning. */
  readonly warning: { readonly message: string; readonly hint?: string | undefined } | null;
}

interface Fill {
  readonly event: Parameters<NonNullable<Observer['backfill']>>[0];
  readonly rate: Rate;
}

/** Collects what the live view shows. Cheap: some additions per event. */
export function trackProgress(now: () => number = Date.now): {
  readonly observer: Observer;
  readonly snapshot: () => ProgressSnapshot;
} {
  const startedAt = now();
  const fills = new Map<string, Fill>();
  const waiting = new Map<string, ProgressSnapshot['waiting'][number]>();
  const documents = new Rate(startedAt);
  const latencies: number[] = [];
  const letters = new Map<string, number>();
  const sums = { written: 0, deleted: 0, rejected: 0 };
  let phase: RunPhase = 'connecting';
  let warning: ProgressSnapshot['warning'] = null;

  const observer: Observer = {
    phase: (next) => {
      phase = next;
    },
    written: (event) => {
      sums.written += event.documents;
      sums.deleted += event.deletes;
      documents.add(event.documents + event.deletes, now());
    },
    durable: ({ committedAt, at }) => {
      if (committedAt === null) return;
      latencies.push(Math.max(0, at - committedAt));
      if (latencies.length > latencySamples) latencies.shift();
    },
    rejected: () => {
      sums.rejected += 1;
    },
    deadLetters: ({ index, sink, generation, total }) => {
      letters.set(JSON.stringify([index, sink, generation]), total);
    },
    retry: ({ what, name, attempt, error }) => {
      const shown = what === name ? name : `${what} ${name}`;
      waiting.set(`${what} ${name}`, { name: shown, attempt, reason: error.message });
    },
    recovered: ({ what, name }) => {
      waiting.delete(`${what} ${name}`);
    },
    backfill: (event) => {
      const key = JSON.stringify([event.index, event.sink]);
      const former = fills.get(key);
      const again = former === undefined || event.rows < former.event.rows;
      const rate = again ? new Rate(now()) : former.rate;
      rate.add(event.rows - (again ? event.rows : former.event.rows), now());
      fills.set(key, { event, rate });
    },
    warning: ({ message, hint }) => {
      warning = { message, hint };
    },
  };

  const snapshot = (): ProgressSnapshot => ({
    phase,
    elapsed: now() - startedAt,
    fills: [...fills.values()].map(({ event, rate }) => {
      const perSecond = rate.perSecond(now());
      const { index, sink, kind, rows, total, done } = event;
      const left = done ? 0 : timeLeft(rows, total, perSecond);
      return { index, sink, kind, rows, total, done, perSecond, timeLeft: left };
    }),
    ...sums,
    deadLetters: [...letters.values()].reduce((sum, total) => sum + total, 0),
    perSecond: documents.perSecond(now()),
    latency: median(latencies),
    waiting: [...waiting.values()],
    warning,
  });

  return { observer, snapshot };
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
