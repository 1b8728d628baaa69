export {
  defaultSettings,
  type PostgresOptions,
  type PostgresServer,
  type SettingValue,
} from './postgres/options.ts';
export { startPostgres } from './postgres/start.ts';
export { everyOrigin, type Origin, type Server, type ServerOptions } from './server.ts';
