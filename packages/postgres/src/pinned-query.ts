import pg from 'pg';
import { sqlState } from './connection-errors.ts';
import { beginOnStandbySql, beginPinnedSql } from './settings.ts';

/** One statement, its values as text. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** Of the four statements that are sent, the one that was asked for. */
const asked = 2;

/**
 * Runs one statement in a transaction of its own that has the settings, in one round trip and without a
 * name: BEGIN, `pins`, the statement and COMMIT go out together, so what the session is like before
 * and after does not matter. After a failure the session is in no transaction either; where that could
 * not be had, the connection is ended.
 */
export async function runPinned<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  pins: string,
  statement: Statement,
  rowMode?: 'array',
): Promise<pg.QueryResult<Row>> {
  return await withBegin(client, (begin) => send<Row>(client, [begin, pins], statement, rowMode));
}

/** As `runPinned`, for several statements without values. */
export async function scriptPinned(client: pg.ClientBase, pins: string, text: string): Promise<void> {
  await withBegin(client, (begin) => client.query([begin, pins, text, 'COMMIT'].join(';\n')));
}

/** As `runPinned`, for work of several statements; the transaction is committed when it resolves. */
export async function transactPinned<Client extends pg.ClientBase, Result>(
  client: Client,
  pins: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  await withBegin(client, (begin) => client.query(`${begin};\n${pins}`));
  return await finish(client, work);
}

/** Commits what `work` did in the transaction that is open, or rolls it back. */
export async function finish<Client extends pg.ClientBase, Result>(
  client: Client,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await rollBack(client);
    throw error;
  }
}

async function withBegin<Result>(
  client: pg.ClientBase,
  attempt: (begin: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await attempt(beginPinnedSql);
  } catch (error) {
    await rollBack(client);
    if (!isOfStandby(error)) throw error;
  }
  try {
    return await attempt(beginOnStandbySql);
  } catch (error) {
    await rollBack(client);
    throw error;
  }
}

async function rollBack(client: pg.ClientBase): Promise<void> {
  // Then the connection is gone, which whoever uses it next is told.
  await client.query('ROLLBACK').catch(() => undefined);
}

function isOfStandby(error: unknown): boolean {
  return sqlState(error) === '0A000' && error instanceof Error && /during recovery/.test(error.message);
}

function send<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  before: readonly string[],
  { text, values = [] }: Statement,
  rowMode: 'array' | undefined,
): Promise<pg.QueryResult<Row>> {
  return new Promise((resolve, reject) => {
    const config = { text, queryMode: 'extended', ...(rowMode === undefined ? {} : { rowMode }) };
    const query = new pg.Query<Row>(config, [...values], (error, results) => {
      // Several statements give a list of results, which the type of the callback does not know.
      const answers = results as unknown as readonly pg.QueryResult<Row>[];
      const answer = error ? undefined : answers[asked];
      if (answer === undefined) reject(error ?? new Error('the server did not answer the statement'));
      else resolve(answer);
    });
    const submit = query.submit.bind(query);
    query.submit = (connection) => surrounded(connection, before, submit);
    client.query(query);
  });
}

/** node-postgres ends what it sends with a Sync: the COMMIT has to go out before it. */
function surrounded(
  connection: pg.Connection,
  before: readonly string[],
  submit: pg.Query['submit'],
): ReturnType<pg.Query['submit']> {
  const sendAlone = (text: string) => {
    connection.parse({ name: '', text, types: [] }, true);
    connection.bind({}, true);
    connection.execute({}, true);
  };
  const sync = () => {
    sendAlone('COMMIT');
    connection.sync();
  };
  // All else is the connection's own.
  const committing: pg.Connection = Object.create(connection, { sync: { value: sync } });
  const { stream } = connection;
  stream.cork();
  try {
    for (const text of before) sendAlone(text);
    return submit(committing);
  } finally {
    stream.uncork();
  }
}
