export type { PgBouncer } from '@sluice/servers';

import { type PgBouncer, type PgBouncerOptions, startPgBouncer } from '@sluice/servers';

/** A pgbouncer of the test's own in front of the Postgres at `upstream`, in transaction mode, with two server connections. */
export function startPooler(
  upstream: string,
  settings: PgBouncerOptions['settings'] = {},
): Promise<PgBouncer> {
  return startPgBouncer({
    upstream,
    settings: { default_pool_size: 2, ...settings },
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
}
