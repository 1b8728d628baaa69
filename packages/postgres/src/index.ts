export {
  type Catalog,
  type CatalogColumn,
  type CatalogForeignKey,
  type CatalogIndex,
  type CatalogTable,
  type CatalogType,
  catalogOf,
  hasIndexOn,
  isUnique,
  type RelationKind,
} from './catalog/catalog.ts';
export {
  type ColumnTraits,
  difference,
  fingerprint,
  membersOf,
  type TableTraits,
} from './catalog/fingerprint.ts';
export { type CatalogSource, readCatalog, readTableNames } from './catalog/read-catalog.ts';
export {
  type CheckedSession,
  type ClientOptions,
  checkPinned,
  clientConfig,
  connect,
  connectDirectly,
  settleTls,
  textTypes,
} from './connection.ts';
export { mapPostgresError, sqlState } from './connection-errors.ts';
export {
  createPool,
  isOutdatedStatement,
  type PoolOptions,
  type PoolStatement,
  type SourcePool,
  type Transaction,
} from './connection-pool.ts';
export { type ConnectionSettings, describeConnection, parseConnection } from './connection-settings.ts';
export { type TlsAttempt, type TlsMode, type TlsSettings, tlsAttempts, tlsModes } from './connection-tls.ts';
export { quoteDollar, quoteIdentifier, quoteLiteral, quoteTable, tableLabel } from './identifiers.ts';
export { compareLsn, formatLsn, isLsn, type Lsn, parseLsn } from './lsn.ts';
export { PoolerFound } from './pooler.ts';
export { runSteps, type StepRunner, type TransactionStep } from './provisioning/run-steps.ts';
export { whileWatching } from './provisioning/wait-watch.ts';
export {
  defaultLimits,
  noLimits,
  pinnedSettings,
  readPinnedSql,
  type SessionLimits,
  startupOptions,
} from './settings.ts';
export { widenXid, type Xid8 } from './xid.ts';
