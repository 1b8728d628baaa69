import type { SettingValue } from '../postgres/options.ts';
import { defaultSettings } from './options.ts';

export interface ConfigurationInput {
  readonly upstream: URL;
  readonly port: number;
  /** Path of the file with the superuser's password. */
  readonly users: string;
  readonly settings: Readonly<Record<string, SettingValue>>;
}

/**
 * Every database of the upstream. Whoever is not in the list of users is looked up in Postgres, and
 * logs in there with what the client proved to know.
 */
export function configuration({ upstream, port, users, settings }: ConfigurationInput): string {
  const superuser = decodeURIComponent(upstream.username);
  const own = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: users,
    auth_user: superuser,
    admin_users: superuser,
    ...defaultSettings,
    ...settings,
  };
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}`);
  return `[databases]\n* = host=${upstream.hostname} port=${upstream.port || 5432}\n\n[pgbouncer]\n${lines.join('\n')}\n`;
}

/** The format of pgbouncer's `auth_file`. */
export function userList(upstream: URL): string {
  const quoted = [upstream.username, upstream.password].map(
    (text) => `"${decodeURIComponent(text).replaceAll('"', '""')}"`,
  );
  return `${quoted.join(' ')}\n`;
}
