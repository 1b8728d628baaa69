export { freePort } from './free-port.ts';
export type { Obstacle } from './obstacle.ts';
export { openSearchObstacle } from './opensearch/obstacle.ts';
export type {
  OpenSearchLine,
  OpenSearchOptions,
  OpenSearchSecurity,
  OpenSearchServer,
} from './opensearch/options.ts';
export { startOpenSearch } from './opensearch/start.ts';
export type { PgBouncer, PgBouncerOptions } from './pgbouncer/options.ts';
export { pgBouncerObstacle } from './pgbouncer/program.ts';
export { startPgBouncer } from './pgbouncer/start.ts';
export {
  defaultSettings,
  type PostgresOptions,
  type PostgresServer,
  type SettingValue,
} from './postgres/options.ts';
export { startPostgres } from './postgres/start.ts';
export { everyOrigin, type Origin, type Server, type ServerOptions } from './server.ts';
