import { setTimeout as delay } from 'node:timers/promises';
import { randomOf } from '../random.ts';
import { connect } from './connect.ts';

/** Longer than a writer takes between preparing and ending. */
const ownerMs = 3_000;

/** Ends the prepared transactions that lost their writer: their locks would stand in everybody's way. */
export function startJanitor(url: string, seed: number): { readonly stop: () => Promise<number> } {
  const state = { stopping: false, ended: 0 };
  const working = (async () => {
    while (!state.stopping) {
      // Whatever keeps it from the server now, it comes back.
      state.ended += await endPrepared(url, seed, ownerMs).catch(() => 0);
      await delay(500);
    }
  })();
  return {
    stop: async () => {
      state.stopping = true;
      await working;
      return state.ended + (await endPrepared(url, seed, 0));
    },
  };
}

async function endPrepared(url: string, seed: number, olderThanMs: number): Promise<number> {
  const connection = await connect(url);
  try {
    const { rows } = await connection.query<{ gid: string }>(
      `SELECT gid FROM pg_prepared_xacts
       WHERE database = current_database() AND prepared <= clock_timestamp() - $1::integer * interval '1 ms' ORDER BY gid`,
      [olderThanMs],
    );
    for (const { gid } of rows) {
      const verb = randomOf(seed, 'left over', gid.slice(gid.lastIndexOf('_'))).chance(50)
        ? 'COMMIT'
        : 'ROLLBACK';
      await connection.query(`${verb} PREPARED '${gid}'`);
    }
    return rows.length;
  } finally {
    await connection.end();
  }
}
