import { SluiceError } from '@sluice/core';

/** The raw parts of a connection URL, percent-decoded; empty parts are left out. */
export interface UrlParts {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
  /** Query parameters by libpq's names. */
  readonly parameters: Readonly<Record<string, string>>;
}

const scheme = /^postgres(?:ql)?:\/\//;

/**
 * Splits a `postgres://` URL by libpq's rules (libpq, "Connection URIs"), which the WHATWG parser
 * does not follow: hosts may be empty, percent-encoded socket directories or bracketed IPv6.
 *
 * A raw `@`, `:` or space in the password is understood; `/`, `?`, `#` and `%` must be
 * percent-encoded. Throws `SLUICE_CONFIG_INVALID`; no message quotes any part of the URL that could
 * hold a piece of a password.
 */
export function splitConnectionUrl(url: string): UrlParts {
  if (!scheme.test(url)) {
    throw invalid('The connection is not a URL that starts with postgres:// or postgresql://.');
  }
  const rest = url.replace(scheme, '');
  const authorityEnd = rest.search(/[/?#]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  const tail = authorityEnd < 0 ? '' : rest.slice(authorityEnd);
  const at = authority.lastIndexOf('@');
  if (at < 0 && tail.includes('@')) {
    throw invalid(
      'The connection URL has an @ after its host part.',
      'Write the characters / ? # and % in user and password percent-encoded: %2F %3F %23 %25.',
    );
  }
  if (tail.includes('#')) throw invalid('The connection URL holds a #.', 'Write # percent-encoded: %23.');

  const question = tail.indexOf('?');
  const path = question < 0 ? tail : tail.slice(0, question);
  const query = question < 0 ? '' : tail.slice(question + 1);
  const database = decode(path.slice(1), 'database');
  return {
    ...(at < 0 ? {} : splitUserInfo(authority.slice(0, at))),
    ...splitHost(authority.slice(at + 1)),
    ...(database === '' ? {} : { database }),
    parameters: splitQuery(query),
  };
}

function splitUserInfo(userInfo: string): Pick<UrlParts, 'user' | 'password'> {
  const colon = userInfo.indexOf(':');
  const user = decode(colon < 0 ? userInfo : userInfo.slice(0, colon), 'user');
  const password = colon < 0 ? '' : decode(userInfo.slice(colon + 1), 'password');
  return { ...(user === '' ? {} : { user }), ...(password === '' ? {} : { password }) };
}

function splitHost(text: string): Pick<UrlParts, 'host' | 'port'> {
  if (text.includes(',')) {
    throw invalid(
      'The connection URL names several hosts.',
      'Name the primary alone: Sluice follows one server, and a standby cannot be read from.',
    );
  }
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text);
  if (match === null) {
    throw invalid(
      'The host part of the connection URL is malformed.',
      'Write IPv6 addresses in brackets: [::1].',
    );
  }
  const host = decode(match[1] ?? match[2] ?? '', 'host');
  const port = match[3] ?? '';
  return { ...(host === '' ? {} : { host }), ...(port === '' ? {} : { port }) };
}

function splitQuery(query: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals <= 0) throw invalid('A query parameter of the connection URL has no "name=value" form.');
    const name = decode(pair.slice(0, equals), 'query parameters');
    parameters[name] = decode(pair.slice(equals + 1), 'query parameters');
  }
  return parameters;
}

function decode(text: string, part: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text) || text.includes('%00')) {
    throw invalid(
      `The ${part} part of the connection URL has a % that is not followed by two hex digits of a character.`,
      'Write a literal % as %25.',
    );
  }
  try {
    return decodeURIComponent(text);
  } catch {
    // Not chained: the cause of a URIError can quote the text.
    throw invalid(`The ${part} part of the connection URL is not UTF-8 once percent-decoded.`);
  }
}

function invalid(message: string, hint?: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG_INVALID', message, { hint });
}
