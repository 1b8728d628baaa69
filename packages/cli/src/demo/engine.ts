import type { Observer } from '@sluice/core';
import { formatCount, formatDuration } from '../output/units.ts';

/** How the demo starts Sluice: as `sluice run` does. Resolves when it was told to stop, and did. */
export type Deploy = (deployment: {
  readonly config: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WritableStream;
  readonly observer: Observer;
  readonly signal: AbortSignal;
}) => Promise<void>;

/** Sluice, running beside the demo. */
export interface Engine {
  /** The first fill is complete and changes are followed. */
  readonly live: Promise<void>;
  /** Never resolves; rejects when Sluice fails. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts Sluice and says what a person wants to know of it. */
export function startEngine(
  deploy: Deploy,
  deployment: Omit<Parameters<Deploy>[0], 'observer' | 'signal'> & { readonly say: (text: string) => void },
): Engine {
  const { say, ...rest } = deployment;
  const stopping = new AbortController();
  const startedAt = Date.now();
  const { promise: live, resolve: isLive } = promiseWithResolver();
  const observer: Observer = {
    phase: (phase) => {
      if (phase === 'live') isLive();
    },
    backfill: ({ index, rows, done, kind }) => {
      if (done && kind === 'backfill') {
        say(
          `${index}: filled with ${formatCount(rows)} documents after ${formatDuration(Date.now() - startedAt)}`,
        );
      }
    },
    retry: ({ what, name, delayMs, error }) =>
      say(`waiting for ${what} ${name}, next try in ${formatDuration(delayMs)}: ${error.message}`),
    warning: ({ message }) => say(`warning: ${message}`),
  };
  const running = deploy({ ...rest, observer, signal: stopping.signal });
  const failed = running.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  return {
    live,
    failed,
    stop: async () => {
      stopping.abort(new Error('The demo ends.'));
      await running.catch(() => undefined);
    },
  };
}

function promiseWithResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
