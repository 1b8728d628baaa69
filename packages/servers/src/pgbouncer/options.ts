import type { SettingValue } from '../postgres/options.ts';
import type { Server, ServerOptions } from '../server.ts';

export interface PgBouncerOptions extends Omit<ServerOptions, 'url' | 'origins'> {
  /** A superuser's URL of the Postgres behind it: roles are looked up with it. Every database can be reached. */
  readonly upstream: string;
  /** Settings of the `[pgbouncer]` section, over the defaults: `default_pool_size: 2`. */
  readonly settings?: Readonly<Record<string, SettingValue>> | undefined;
}

/** `url` is the upstream's, through the pooler. */
export interface PgBouncer extends Server {
  /** A URL of the Postgres behind it, through the pooler. */
  through(url: string): string;
}

/** A pooler that shares its server connections out transaction by transaction, and gives up nothing early. */
export const defaultSettings: Readonly<Record<string, SettingValue>> = {
  pool_mode: 'transaction',
  max_client_conn: 500,
  default_pool_size: 10,
  // Asked again at once when the Postgres behind was restarted, not a quarter of a minute later.
  server_login_retry: 1,
};
