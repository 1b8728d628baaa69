import { isIP } from 'node:net';

/**
 * Whether a request may be answered that names the server so in its Host header: by an address, as
 * localhost, or by a name that the configuration gives. A page that had its own name lead to this machine
 * asks under that name, and gets nothing.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return false;
  const host = hostOf(header);
  if (host === null) return false;
  return (
    isIP(host) !== 0 ||
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    names.some((name) => name.toLowerCase() === host)
  );
}

function hostOf(header: string): string | null {
  const literal = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(header)?.[1];
  if (literal !== undefined) return isIP(literal) === 6 ? literal : null;
  return /^([^:/@?#\s]+?)\.?(?::\d{1,5})?$/.exec(header)?.[1]?.toLowerCase() ?? null;
}
