import type { SourcePool } from '@sluice/postgres';

/** Whatever runs one statement and gives its values as text. */
export type Querier = Pick<SourcePool, 'query'>;

/** As `Querier`, and it knows how it is connected. */
export type SourceQuerier = Pick<SourcePool, 'query' | 'pooled'>;
