/** Where to listen. */
export interface ListenAddress {
  /** A name or an address, an IPv6 one without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const form = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/;

/** `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`; null for any other text. */
export function parseAddress(text: string): ListenAddress | null {
  const [, literal, name, digits] = form.exec(text) ?? [];
  const host = literal ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** As it stands in a URL: an IPv6 address in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
