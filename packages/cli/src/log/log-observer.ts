import { isSluiceError, type Logger, type Observer } from '@sluice/core';

/** Writes of one index are told of once in so many ms at most. */
const summaryEvery = 10_000;

interface Sum {
  documents: number;
  deletes: number;
  conflicts: number;
}

/**
 * Says what happens as log lines, one per event. What happens thousands of times a second
 * (batches written) is told at once when it was quiet before, and else summed up over ten seconds.
 */
export function logObserver(logger: Logger): Observer {
  const pending = new Map<string, { readonly tell: (sum: Sum) => void; sum: Sum; timer: NodeJS.Timeout }>();
  const flush = (key: string) => {
    const entry = pending.get(key);
    pending.delete(key);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    if (entry.sum.documents + entry.sum.deletes + entry.sum.conflicts > 0) entry.tell(entry.sum);
  };
  return {
    phase: (phase) => {
      if (phase === 'stopped') for (const key of [...pending.keys()]) flush(key);
      logger.info('phase', { phase });
    },
    written: ({ index, sink, source, documents, deletes, conflicts }) => {
      const key = JSON.stringify([index, sink, source]);
      const entry = pending.get(key);
      if (entry !== undefined) {
        entry.sum.documents += documents;
        entry.sum.deletes += deletes;
        entry.sum.conflicts += conflicts;
        return;
      }
      const tell = (sum: Sum) => logger.info('written', { index, sink, source, ...sum });
      tell({ documents, deletes, conflicts });
      const timer = setTimeout(() => flush(key), summaryEvery);
      timer.unref();
      pending.set(key, { tell, timer, sum: { documents: 0, deletes: 0, conflicts: 0 } });
    },
    rejected: (event) => logger.error('rejected', event),
    retry: ({ what, name, attempt, delayMs, error }) =>
      logger.warn('retry', {
        what,
        name,
        attempt,
        delay_ms: Math.round(delayMs),
        code: codeOf(error),
        error,
      }),
    recovered: ({ what, name }) => logger.info('recovered', { what, name }),
    backfill: ({ index, sink, rows, total, done, kind, reason }) => {
      if (done) logger.info(kind, { index, sink, rows, total, done, reason });
      else logger.debug(kind, { index, sink, rows, total, reason });
    },
    promoted: (event) => logger.info('promoted', event),
    warning: ({ code, message, hint, index, table }) =>
      logger.warn(message, {
        code,
        hint,
        index,
        table: table === undefined ? undefined : `${table.schema}.${table.name}`,
      }),
    info: ({ message }) => logger.info(message),
  };
}

/** What to look up: Sluice's own code where the error has one. */
function codeOf(error: Error): string | undefined {
  return isSluiceError(error) ? error.code : undefined;
}
