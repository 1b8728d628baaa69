import type { OpenSearchServer, PostgresServer } from '@sluice/servers';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';
import type { Fault, FaultKind } from './fault.ts';

/** Restarts, kills and stand-stills of either server. */
export const serverFaults: readonly FaultKind[] = [
  {
    name: 'restart (Postgres)',
    weight: 3,
    uses: ['postgres', 'commits'],
    decide: () => ({
      what: 'an orderly restart',
      lastsMs: 1_000,
      act: ({ postgres }) => postgres.restart(),
    }),
  },
  {
    name: 'crash (Postgres)',
    weight: 4,
    uses: ['postgres', 'commits'],
    decide: (random) => crash(random, ({ postgres }) => postgres),
  },
  {
    name: 'standstill (Postgres)',
    weight: 3,
    uses: ['postgres', 'commits'],
    decide: (random) => standstill(random, ({ postgres }) => postgres),
  },
  {
    // It takes a while, and meanwhile hardly anything can go wrong: now and then is enough.
    name: 'restart (OpenSearch)',
    weight: 1,
    uses: ['opensearch'],
    decide: () => ({
      what: 'an orderly restart',
      lastsMs: 30_000,
      act: ({ opensearch }) => opensearch.restart(),
    }),
  },
  {
    name: 'crash (OpenSearch)',
    weight: 2,
    uses: ['opensearch'],
    decide: (random) => ({
      ...crash(
        random,
        (stage) => stage.opensearch,
        ({ forgetWhatWasSeen }) => forgetWhatWasSeen(),
      ),
      lastsMs: 30_000,
    }),
  },
  {
    name: 'standstill (OpenSearch)',
    weight: 3,
    uses: ['opensearch'],
    decide: (random) => standstill(random, ({ opensearch }) => opensearch),
  },
];

type Server = PostgresServer | OpenSearchServer;

function crash(
  random: Random,
  serverOf: (stage: Stage) => Server,
  then: (stage: Stage) => void = () => undefined,
): Fault {
  const away = random.between(0, 2_000);
  return {
    what: `SIGKILL, started again after ${away} ms`,
    lastsMs: away + 1_000,
    act: async (stage) => {
      const server = serverOf(stage);
      await server.kill();
      then(stage);
      await stage.while(away);
      await server.restart();
    },
  };
}

function standstill(random: Random, serverOf: (stage: Stage) => Server): Fault {
  const ms = random.between(300, 5_000);
  return {
    what: `answers nobody for ${ms} ms`,
    lastsMs: ms,
    act: async (stage) => {
      const server = serverOf(stage);
      try {
        await server.pause();
        await stage.while(ms);
      } finally {
        await server.resume();
      }
    },
  };
}
