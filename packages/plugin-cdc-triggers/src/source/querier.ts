import type { SourcePool } from '@sluice/postgres';

/** Whatever runs one statement and gives its values as text: a pool, or one of its connections. */
export type Querier = Pick<SourcePool, 'query'>;
