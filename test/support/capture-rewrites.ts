import type { CaptureRequirements, ChangeCapture } from '@sluice/core';
import { ChangeConsumer } from '@sluice/core/conformance';
import { describe, expect, test } from 'vitest';
import { never, requirements, table } from './captures.ts';
import type { TestDatabase } from './postgres.ts';
import { waitFor } from './wait.ts';

/** A table of its own, provisioned, followed once, and let go. */
export interface FollowedTable {
  readonly name: string;
  /** `more`: columns that are watched beside `amount` and `total`. */
  wanted(more?: readonly string[]): CaptureRequirements;
  open(): ChangeCapture;
  /** Operations that one process finds from its start on; it acknowledges all of it, or dies before. */
  found(end: 'acknowledged' | 'died', more?: readonly string[]): Promise<readonly string[]>;
}

let made = 0;

/** `open`: a capture for the table of this name alone, which looks at it every 100 ms. */
export async function followTable(
  database: TestDatabase,
  open: (name: string) => ChangeCapture,
): Promise<FollowedTable> {
  made += 1;
  const name = `t${made}`;
  await database.query(`CREATE TABLE ${name} (id int PRIMARY KEY, amount bigint NOT NULL, spare int,
      total bigint GENERATED ALWAYS AS (id + 1) STORED);
    INSERT INTO ${name} VALUES (1, 5, 5)`);
  const wanted = (more: readonly string[] = []) =>
    requirements(table(name, ['id'], ['id'], ['amount', 'total', ...more]));
  const first = open(name);
  await first.provision(wanted(), { signal: never });
  const consumer = new ChangeConsumer(first, wanted());
  await consumer.caughtUp();
  expect(consumer.changes).toEqual([]);
  await consumer.stop();
  await first.close();
  return {
    name,
    wanted,
    open: () => open(name),
    found: async (end, more) => {
      const again = open(name);
      const next = new ChangeConsumer(again, wanted(more));
      await next.caughtUp();
      if (end === 'acknowledged') next.acknowledgeAll();
      await next.stop();
      await again.close();
      return next.changes.map(({ operation }) => operation);
    },
  };
}

/** What every capture makes of statements that change values, or only seem to, without a word to it. */
export function describeRewrites(
  database: () => TestDatabase,
  open: (database: TestDatabase, name: string) => ChangeCapture,
): void {
  const followed = () => followTable(database(), (name) => open(database(), name));

  describe('a table that is rewritten', () => {
    test.each([
      ['another type', 'ALTER amount TYPE numeric USING amount * 100'],
      ['the same type', 'ALTER amount TYPE bigint USING amount * 100'],
      ['a column of the same name made anew', 'DROP amount, ADD amount bigint NOT NULL DEFAULT 7'],
    ])('%s, while nothing ran, is one resync, until it is acknowledged', async (_, alteration) => {
      const { name, found } = await followed();
      await database().query(`ALTER TABLE ${name} ${alteration}`);
      expect(await found('died')).toEqual(['resync']);
      expect(await found('acknowledged')).toEqual(['resync']);
      expect(await found('acknowledged')).toEqual([]);
    });

    test('a generated column with another expression is a resync', async () => {
      const { name, found } = await followed();
      const [server] = await database().query<{ v: number }>(
        "SELECT current_setting('server_version_num')::int AS v",
      );
      await database().query(
        (server?.v ?? 0) >= 170_000
          ? `ALTER TABLE ${name} ALTER total SET EXPRESSION AS (id + 2)`
          : `ALTER TABLE ${name} DROP total, ADD total bigint GENERATED ALWAYS AS (id + 2) STORED`,
      );
      expect(await found('acknowledged')).toEqual(['resync']);
      expect(await found('acknowledged')).toEqual([]);
    });

    test('what changes no watched value is no resync', async () => {
      const { name, found } = await followed();
      // One restart for each: two together may look like a rewrite by an alteration.
      for (const statement of [
        `ALTER TABLE ${name} ADD body text`,
        `ALTER TABLE ${name} ADD noise float DEFAULT random()`,
        `ALTER TABLE ${name} ALTER spare TYPE text USING spare * 2`,
        `ALTER TABLE ${name} DROP spare`,
        `VACUUM FULL ${name}`,
        `ALTER TABLE ${name} ALTER amount SET DEFAULT 3`,
        `GRANT SELECT (amount) ON ${name} TO PUBLIC`,
        `CREATE INDEX ON ${name} (amount)`,
        `ANALYZE ${name}`,
      ]) {
        await database().query(statement);
        expect([statement, await found('acknowledged')]).toEqual([statement, []]);
      }
    });

    test.each(['quiet', 'busy'])(
      'a rewrite of a %s table beside the stream is one resync',
      async (traffic) => {
        const { name, wanted, open: openAgain } = await followed();
        const running = openAgain();
        const consumer = new ChangeConsumer(running, wanted());
        await consumer.caughtUp();
        const write = async () => {
          if (traffic === 'busy') await database().query(`UPDATE ${name} SET amount = amount + 1`);
        };
        await database().query(`ALTER TABLE ${name} ALTER amount TYPE numeric USING amount * 100`);
        await write();
        const resyncs = () => consumer.changes.filter(({ operation }) => operation === 'resync').length;
        await consumer.until('a resync', () => resyncs() > 0);
        await write();
        consumer.acknowledgeAll();
        // Several looks later.
        const start = performance.now();
        await waitFor(() => performance.now() - start > 500, { what: 'some looks' });
        await consumer.caughtUp();
        expect(resyncs()).toBe(1);
        await consumer.stop();
        await running.close();
      },
    );
  });
}
