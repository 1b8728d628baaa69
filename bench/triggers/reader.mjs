// The reader: how fast it takes rows from the outbox and deletes them, and what it leaves behind.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { median, quantile } from '../nested/median.mjs';
import { startConsumer } from './follower.mjs';
import { record } from './report.mjs';
import { following, makeBooks, makeCapture, never, openServer } from './source.mjs';
import { openWriter } from './wire.mjs';

const books = 100_000;
const mebibyte = 2 ** 20;

/** Claims are timed where they are sent: this is the reader's own connection. */
const polls = [];
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function timed(text, values, callback) {
  if (typeof text !== 'string' || !text.includes('WITH ORDINALITY AS g')) {
    return query.call(this, text, values, callback);
  }
  const started = performance.now();
  const answer = query.call(this, text, values, callback);
  answer?.then?.(
    () => polls.push(performance.now() - started),
    () => undefined,
  );
  return answer;
};

async function open(settings, log, options = {}) {
  const server = await openServer(settings, log);
  await makeBooks(server.query, 'traced', books);
  const capture = makeCapture(server.url, options);
  await capture.provision(following('traced'), { signal: never });
  return {
    server,
    capture,
    close: async () => {
      await capture.close();
      await server.stop();
    },
  };
}

/** Rows of the outbox, by updates of the whole table: one for each row of it. */
async function fill(server, rows) {
  for (let done = 0; done < rows; done += books) {
    await server.query('UPDATE traced SET pages = pages + 1 WHERE id <= $1', [Math.min(books, rows - done)]);
    if ((done / books) % 5 === 4) await server.query('VACUUM traced');
  }
}

/** The real reader with a consumer for which all is durable at once, until the outbox is empty. */
async function drain(capture, rows) {
  const stop = new AbortController();
  const started = performance.now();
  let seen = 0;
  for await (const batch of capture.stream(following('traced'), stop.signal)) {
    seen += batch.changes.length;
    capture.acknowledge(batch.token);
    if (seen >= rows) break;
  }
  stop.abort();
  await capture.acknowledged();
  return performance.now() - started;
}

export async function measureReader({ runs, log }) {
  for (const [mode, rows] of [
    ['row', 300_000],
    ['statement', 1_000_000],
  ]) {
    const { server, capture, close } = await open({}, log, { mode });
    try {
      const rates = [];
      for (let run = 0; run < runs; run += 1) {
        await fill(server, rows);
        const ms = await drain(capture, rows);
        const [{ left }] = await server.query('SELECT count(*)::int AS left FROM sluice.outbox');
        if (left > 0) throw new Error(`${left} rows are left in the outbox`);
        rates.push((rows / ms) * 1000);
        await server.query('VACUUM sluice.outbox');
        log(`claim and acknowledge ${run + 1}, ${mode} mode: ${rates.at(-1).toFixed(0)} tuples/s`);
      }
      record('claim and acknowledge', `${mode} mode`, median(rates), {
        unit: 'tuples/s',
        least: 100_000,
        digits: 0,
      });
    } finally {
      await close();
    }
  }
  await measureDeadRows(log);
}

/**
 * A transaction keeps a million deleted rows from being removed, and by its lock on the outbox, as
 * pg_dump has it, from being compacted, while single writes are looked for.
 */
async function measureDeadRows(log) {
  const dead = 1_000_000;
  const { server, capture, close } = await open({}, log);
  try {
    const pinning = new pg.Client({ connectionString: server.url });
    await pinning.connect();
    await pinning.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sluice.outbox');
    await fill(server, dead);
    const stop = new AbortController();
    let seen = 0;
    const reading = (async () => {
      for await (const batch of capture.stream(following('traced'), stop.signal)) {
        seen += batch.changes.length;
        capture.acknowledge(batch.token);
      }
    })();
    const until = async (count) => {
      while (seen < count) await delay(1);
    };
    await until(dead);
    await delay(2000);
    polls.length = 0;
    for (let write = 0; write < 500; write += 1) {
      await server.query('UPDATE traced SET pages = pages + 1 WHERE id = $1', [1 + write]);
      await until(dead + write + 1);
      await delay(2);
    }
    const looks = [...polls];
    const [{ dead: left }] = await server.query(sizeSql);
    const started = performance.now();
    const lag = await capture.lag();
    const lagMs = performance.now() - started;
    stop.abort();
    await reading;
    record('poll with a million dead rows', 'p99', quantile(looks, 0.99), {
      unit: 'ms',
      most: 5,
      digits: 2,
      note: `median ${median(looks).toFixed(2)} ms of ${looks.length}, ${left.toLocaleString('en')} dead rows`,
    });
    record('poll with a million dead rows', 'lag asked for', lagMs, {
      unit: 'ms',
      most: 5,
      note: `${lag.changes} changes`,
    });
    await pinning.end();
  } finally {
    await close();
  }
}

const sizeSql = `SELECT pg_total_relation_size('sluice.outbox')::float8 AS bytes,
  (SELECT n_dead_tup::int FROM pg_stat_all_tables WHERE relid = 'sluice.outbox'::regclass) AS dead`;

/** A steady load beside the reader, under the autovacuum that a server comes with. */
export async function measureSustained({ seconds, log, perSecond = 6000 }) {
  const { server, capture, close } = await open({}, log);
  try {
    const consumer = await startConsumer(server.url, {}, ['traced']);
    await capture.barrier();
    await consumer.until(() => consumer.state.at > 0);
    const writers = await Promise.all(
      Array.from({ length: 4 }, () =>
        openWriter(server.url, { statement: 'UPDATE traced SET pages = pages + 1 WHERE id = $1' }),
      ),
    );
    let most = 0;
    let mostDead = 0;
    let sent = 0;
    const before = consumer.state.rows;
    const started = performance.now();
    let looked = 0;
    while (performance.now() - started < seconds * 1000) {
      // As many as are due by now, spread over the clients.
      const due = Math.floor(((performance.now() - started) / 1000) * perSecond) - sent;
      const each = Math.min(50, Math.ceil(due / writers.length));
      if (each > 0) {
        await Promise.all(
          writers.map((writer, at) =>
            writer.run(
              Array.from({ length: each }, (_, step) => 1 + ((sent + at + step * writers.length) % books)),
            ),
          ),
        );
        sent += each * writers.length;
      } else await delay(1);
      if (performance.now() - looked > 500) {
        looked = performance.now();
        const [{ bytes, dead }] = await server.query(sizeSql);
        most = Math.max(most, bytes);
        mostDead = Math.max(mostDead, dead);
      }
    }
    const ms = performance.now() - started;
    await consumer.until(() => consumer.state.rows - before >= sent);
    record('sustained load', 'outbox with its index at its largest', most / mebibyte, {
      unit: 'MiB',
      most: 5,
      note: `${((sent / ms) * 1000).toFixed(0)} tx/s for ${(ms / 1000).toFixed(0)} s, ${mostDead} dead rows at most`,
    });
    record('sustained load', 'commit to claim, p99', quantile(consumer.state.ages, 0.99), { unit: 'ms' });
    for (const writer of writers) writer.close();
    await consumer.stop();
  } finally {
    await close();
  }
}

export async function measureBacklog({ rows, log }) {
  const { server, close } = await open({}, log);
  try {
    log(`filling the outbox with ${rows} rows …`);
    await fill(server, rows);
    const consumer = await startConsumer(server.url, {}, ['traced']);
    await consumer.until(() => consumer.state.rows >= rows);
    await consumer.stop();
    const { reports } = consumer;
    const first = reports[0];
    const rates = tenths(reports, rows);
    log(`backlog by tenths: ${rates.map((rate) => rate.toFixed(0)).join(' ')} rows/s`);
    log(
      `resident: ${reports
        .filter((_, at) => at % 5 === 0)
        .map(({ rssBytes }) => Math.round(rssBytes / mebibyte))
        .join(' ')} MiB`,
    );
    const whole = ((reports.at(-1).rows - first.rows) / (reports.at(-1).at - first.at)) * 1000;
    record('backlog', `${rows.toLocaleString('en')} rows`, whole, { unit: 'rows/s', digits: 0 });
    record(
      'backlog',
      'slowest tenth of the mean of all',
      Math.min(...rates) / (rates.reduce((sum, rate) => sum + rate) / rates.length),
      {
        least: 0.7,
        digits: 2,
      },
    );
    record(
      'backlog',
      'resident memory of the reader',
      Math.max(...reports.map(({ rssBytes }) => rssBytes)) / mebibyte,
      {
        unit: 'MiB',
        most: 256,
        digits: 0,
      },
    );
  } finally {
    await close();
  }
}

/** The rate in each tenth of the rows, between the reports nearest to its ends. */
function tenths(reports, rows) {
  const at = (share) => reports.find((report) => report.rows >= share * rows) ?? reports.at(-1);
  return Array.from({ length: 10 }, (_, tenth) => {
    const from = tenth === 0 ? reports[0] : at(tenth / 10);
    const to = at((tenth + 1) / 10);
    return ((to.rows - from.rows) / (to.at - from.at)) * 1000;
  });
}

/** Millions of rows through the outbox: what is left, and what a look costs then. */
export async function measureBloat({ rows, log }) {
  const { server, capture, close } = await open({}, log);
  try {
    const consumer = await startConsumer(server.url, {}, ['traced']);
    let most = 0;
    const started = performance.now();
    for (let done = 0; done < rows; done += books) {
      await server.query('UPDATE traced SET pages = pages + 1');
      // A tenth of a million ahead at most: a reader that is kept up with, not a backlog.
      await consumer.until(() => consumer.state.rows >= done);
      const [{ bytes }] = await server.query(sizeSql);
      most = Math.max(most, bytes);
      if ((done / books) % 10 === 9) {
        await server.query('VACUUM traced');
        log(`${done + books} rows: ${(bytes / mebibyte).toFixed(1)} MiB`);
      }
    }
    await consumer.until(() => consumer.state.rows >= rows);
    const seconds = (performance.now() - started) / 1000;
    await consumer.stop();
    await server.query('SELECT pg_stat_force_next_flush()');
    const [{ bytes, dead }] = await server.query(sizeSql);
    const note = `${rows.toLocaleString('en')} rows in ${seconds.toFixed(0)} s, in bursts of ${books}`;
    record('bloat', 'outbox with its index at its largest', most / mebibyte, { unit: 'MiB', note });
    record('bloat', 'outbox with its index afterwards', bytes / mebibyte, { unit: 'MiB' });
    record('bloat', 'dead rows afterwards', dead, { digits: 0 });
    polls.length = 0;
    const stop = new AbortController();
    const reading = (async () => {
      for await (const batch of capture.stream(following('traced'), stop.signal))
        capture.acknowledge(batch.token);
    })();
    for (let write = 0; write < 300; write += 1) {
      await server.query('UPDATE traced SET pages = pages + 1 WHERE id = $1', [1 + write]);
      await delay(5);
    }
    stop.abort();
    await reading;
    record('bloat', 'a look at the outbox afterwards, p99', quantile(polls, 0.99), {
      unit: 'ms',
      most: 5,
      digits: 2,
      note: `median ${median(polls).toFixed(2)} ms`,
    });
  } finally {
    await close();
  }
}
