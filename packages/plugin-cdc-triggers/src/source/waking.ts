import type { CoverageNotice, CoverageProblem } from '@sluice/core';
import {
  type ConnectionSettings,
  connectDirectly,
  describeConnection,
  mapPostgresError,
  PoolerFound,
} from '@sluice/postgres';
import type { TriggerOptions } from '../options.ts';
import type { Querier } from './querier.ts';

export interface WakingOptions {
  readonly querier: Querier;
  readonly pooled: boolean;
  /** The server allows prepared transactions. */
  readonly prepares: boolean;
  /** The connection named for it, if any. */
  readonly listening: ConnectionSettings | null;
  readonly wake: TriggerOptions['wake'];
  /** In ms. */
  readonly pollInterval: number;
}

export interface Waking {
  readonly problems: readonly CoverageProblem[];
  readonly notices: readonly CoverageNotice[];
}

const between =
  'A transaction pooler is between Sluice and Postgres: every statement brings its own settings, and none is kept prepared.';
const another = 'Name another as `listen_connection`, or none: then the outbox is polled.';

/** What stands between a writer and a reader that it would wake, and in a writer's way. Changes nothing. */
export async function findWaking(options: WakingOptions): Promise<Waking> {
  const { problems, notices } = await findWay(options);
  return {
    problems,
    notices: options.wake === 'on' && options.prepares ? [...notices, unprepared] : notices,
  };
}

const unprepared: CoverageNotice = {
  message:
    'The server allows prepared transactions, and `wake` is on: PREPARE TRANSACTION fails for one that woke the reader.',
  hint: 'Write `wake: auto` or `wake: off` if the application prepares transactions.',
};

async function findWay(options: WakingOptions): Promise<Waking> {
  const { pooled, listening, wake, pollInterval } = options;
  if (listening === null || wake === 'off') {
    if (!pooled) return { problems: [], notices: [] };
    if (wake === 'on') return { problems: [unheard()], notices: [] };
    const message = `${between} Writers cannot wake the reader through it: the outbox is looked at every ${pollInterval} ms at the latest.`;
    const hint = 'To be woken, name a direct connection as `listen_connection`.';
    return { problems: [], notices: [{ message, ...(wake === 'off' ? {} : { hint }) }] };
  }
  const way = pooled ? [{ message: `${between} Wake-ups come over listen_connection.` }] : [];
  const found = await probe(options.querier, listening);
  if (found === null) return { problems: [], notices: way };
  return 'code' in found
    ? { problems: [found], notices: way }
    : { problems: [], notices: pooled ? [{ message: between }, found] : [found] };
}

function unheard(): CoverageProblem {
  return {
    code: 'SLUICE_SOURCE_UNSUPPORTED',
    message: 'A transaction pooler is between Sluice and Postgres, and nothing wakes a reader through it.',
    hint: 'Name a direct connection as `listen_connection`, or write `wake: auto`: then the outbox is polled.',
    fixable: false,
  };
}

/** The same on both sides of a pooler, and on no other server. */
const databaseSql = `
SELECT s.system_identifier AS system, d.oid AS database
FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()`;

/** What is wrong with the connection; null where nothing is. One that is down now may come back. */
async function probe(
  querier: Querier,
  settings: ConnectionSettings,
): Promise<CoverageProblem | CoverageNotice | null> {
  const what = describeConnection(settings);
  try {
    const client = await connectDirectly(settings, { applicationName: 'sluice inspect' });
    try {
      const [there] = (await client.query<Record<string, string>>(databaseSql)).rows;
      const [here] = (await querier.query(databaseSql)).rows;
      if (there?.['system'] === here?.['system'] && there?.['database'] === here?.['database']) return null;
      return problem(`listen_connection leads to another database than the source: ${what}.`);
    } finally {
      await client.end();
    }
  } catch (error) {
    if (error instanceof PoolerFound) {
      return problem(`listen_connection leads through a pooler too, where nothing is heard: ${what}.`);
    }
    const failure = mapPostgresError(error, `connect to ${what}`);
    if (failure.code !== 'SLUICE_SOURCE_UNAVAILABLE') return problem(failure.message);
    return {
      message: `Nothing wakes the reader now, and the outbox is polled: ${failure.message}`,
      hint: 'It is tried again while Sluice runs.',
    };
  }
}

function problem(message: string): CoverageProblem {
  return { code: 'SLUICE_SOURCE_UNSUPPORTED', message, hint: another, fixable: false };
}
