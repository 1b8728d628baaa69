import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NotHere } from '../origins.ts';
import { isReachable, type ServerUser } from '../process/server-user.ts';

/** Folders of servers are not in everybody's PATH. */
const folders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * The pgbouncer of this machine: the one that `SLUICE_TEST_PGBOUNCER` names, else an installed one.
 *
 * @throws NotHere where the variable names a file that is not there, or that `user` may not run
 */
export function findPgBouncer(
  environment: NodeJS.ProcessEnv,
  user: ServerUser | undefined,
): string | undefined {
  const named = environment['SLUICE_TEST_PGBOUNCER'];
  if (named) {
    if (isReachable(named, user)) return named;
    const who = user === undefined ? '' : ` for the account ${user.name}`;
    throw new NotHere(`SLUICE_TEST_PGBOUNCER names ${named}, which is not there${who}`);
  }
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...path, ...folders]
    .map((folder) => join(folder, 'pgbouncer'))
    .find((program) => existsSync(program) && isReachable(program, user));
}
