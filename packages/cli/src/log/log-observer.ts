import { isSluiceError, type Logger, type Observer } from '@sluice/core';
import { summaries } from './summaries.ts';

/**
 * Says what happens as log lines, one per event. What happens thousands of times a second
 * (batches written, documents put aside) is told at once when it was quiet before, and else summed up
 * over ten seconds.
 */
export function logObserver(logger: Logger): Observer {
  const often = summaries();
  return {
    phase: (phase) => {
      if (phase === 'stopped') often.flush();
      logger.info('phase', { phase });
    },
    written: ({ index, sink, source, documents, deletes, conflicts }) => {
      often.add(JSON.stringify(['written', index, sink, source]), { documents, deletes, conflicts }, (sums) =>
        logger.info('written', { index, sink, source, ...sums }),
      );
    },
    rejected: (event) => {
      // The others are on the list.
      if (event.policy === 'dead_letter') {
        const { index, sink, reason, id, policy } = event;
        often.add(JSON.stringify(['rejected', index, sink]), { rejected: 1 }, ({ rejected }) =>
          logger.warn('rejected', { index, sink, id, reason, policy, rejected }),
        );
      } else logger.error('rejected', event);
    },
    deadLetters: ({ index, sink, generation, added, cleared, total }) => {
      const tell = (sums: object) => logger.warn('dead letters', { index, sink, generation, ...sums, total });
      if (added + cleared > 0) {
        often.add(JSON.stringify(['letters', index, sink, generation]), { added, cleared }, tell);
      } else if (total > 0) tell({});
    },
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
