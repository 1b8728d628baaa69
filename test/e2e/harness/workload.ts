import type pg from 'pg';
import type { TestDatabase } from '../../support/postgres.ts';

/** A statement that a writer may run, with a weight that says how often. */
export interface Operation {
  readonly weight: number;
  readonly sql: (random: Random) => string;
}

/** A whole number from 1 to `most`. */
export type Random = (most: number) => number;

export interface Workload {
  /** Statements that were committed so far. */
  readonly committed: number;
  /** Lets every writer finish its transaction. Rejects where a statement failed that no other writer explains. */
  stop(): Promise<void>;
}

/** Failures that writers in each other's way bring about: deadlock, and keys that another took or removed. */
const collisions: ReadonlySet<string> = new Set(['40P01', '23503', '23505']);

/**
 * Several writers that run random operations without a pause, each with its own connection: most
 * statements alone, some in transactions of several, some of those rolled back.
 */
export async function startWorkload(
  database: TestDatabase,
  operations: readonly Operation[],
  { writers, seed }: { readonly writers: number; readonly seed: number },
): Promise<Workload> {
  const state = { committed: 0, stopping: false };
  const write = async (client: pg.Client, random: Random): Promise<void> => {
    while (!state.stopping) {
      const statements = random(5) === 1 ? random(6) : 1;
      const end = statements > 1 && random(4) === 1 ? 'ROLLBACK' : 'COMMIT';
      const chosen = Array.from({ length: statements }, () => pick(operations, random).sql(random));
      try {
        await client.query(`BEGIN; ${chosen.join('; ')}; ${end}`);
        if (end === 'COMMIT') state.committed += statements;
      } catch (error) {
        if (!isCollision(error)) throw error;
        await client.query('ROLLBACK');
      }
    }
  };
  const clients = await Promise.all(Array.from({ length: writers }, () => database.connect()));
  const working = clients.map((client, number) => write(client, randomOf(seed + number)));
  const all = Promise.all(working);
  // Seen by stop; until then a failed writer is no unhandled rejection.
  all.catch(() => undefined);
  return {
    get committed() {
      return state.committed;
    },
    stop: async () => {
      state.stopping = true;
      await all;
    },
  };
}

function isCollision(error: unknown): boolean {
  return error instanceof Error && 'code' in error && collisions.has(String(error.code));
}

function pick(operations: readonly Operation[], random: Random): Operation {
  let left = random(operations.reduce((sum, { weight }) => sum + weight, 0));
  const found = operations.find(({ weight }) => {
    left -= weight;
    return left <= 0;
  });
  if (found === undefined) throw new Error('A workload needs operations.');
  return found;
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return 1 + (((mixed ^ (mixed >>> 14)) >>> 0) % most);
  };
}
