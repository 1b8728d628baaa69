import type { SourcePath } from '../contracts/index.ts';
import { leaves, replaceAt, valueAt } from './plain-data.ts';
import { suggest } from './suggest.ts';

/** Keeps what is secret in a configuration out of logs, errors and status. */
export interface Redactor {
  /** The text with every secret replaced by `[redacted]`. */
  text(text: string): string;
  /** The same with asterisks, as long as before: for frames, where columns count. */
  mask(line: string): string;
}

/** What counts as a secret, and where in the configuration. */
export interface Secret {
  readonly path: SourcePath;
  /** As it is written or resolved. */
  readonly value: string;
  /** `word`: hidden wherever it appears. `userinfo`: hidden only after `user:` in a URL. */
  readonly hide: 'word' | 'userinfo';
}

/** Parts of names of keys whose values are secret, by whole words: `aws_secret_access_key`. */
const secretWords =
  /(?:^|_)(?:password|passwd|passphrase|secrets?|tokens?|api_?keys?|private_key|access_key|credentials?|authorization|bearer)(?:_|$)/;

/** Keys under which even a value from the environment says nothing that must be hidden. */
const openKeys = new Set([
  'host',
  'port',
  'user',
  'username',
  'database',
  'region',
  'sslmode',
  'plugin',
  'schema',
]);

/** A secret this short would blank out half of every message. */
const shortestWord = 4;

/**
 * Finds the secrets of a resolved configuration by node: passwords inside URLs, everything under
 * keys such as `password`, `token` or `api_key`, private keys, and what came from the environment
 * anywhere under the source, the sinks or the queue.
 *
 * A password that the configuration also says in the open (as a user, a database, a host) cannot
 * be hidden by blanking that word: such a one is hidden inside URLs only.
 */
export function findSecrets(config: unknown, fromEnvironment: readonly SourcePath[]): readonly Secret[] {
  const environment = new Set(fromEnvironment.map((path) => JSON.stringify(path)));
  const found: { path: SourcePath; value: string }[] = [];
  const open = new Set<string>();
  for (const [path, value] of leaves(config)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const text = String(value);
    if (text === '') continue;
    const parts = urlParts(text);
    for (const part of parts.open) open.add(part);
    if (isSecretNode(path, text, environment.has(JSON.stringify(path)))) {
      // A PEM block is printed line by line.
      const lines = text.split(/\r?\n/).filter((line) => line.length >= shortestWord);
      for (const part of new Set([text, ...(parts.secret.length > 0 ? parts.secret : lines)])) {
        found.push({ path, value: part });
      }
    } else if (parts.secret.length > 0) {
      for (const part of parts.secret) found.push({ path, value: part });
    } else {
      open.add(text);
    }
  }
  return found.map(({ path, value }) => ({
    path,
    value,
    hide: value.length < shortestWord || open.has(value) ? 'userinfo' : 'word',
  }));
}

/** Entries of YAML or JSON, in block and in flow: `password: x`, `{ "password": "x", … }`. */
const writtenEntry =
  /(?<![\w-])(["']?)([A-Za-z_][\w-]*)\1\s*:(?:\s+|(?=["']))("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}][^\n,}]*)/g;

/**
 * The secrets of a text that is not well-formed, so that nodes of it are nowhere to be found: passwords
 * inside URLs, and what stands behind or below a key that names a secret. Rather too much than too little.
 */
export function findSecretsInText(text: string): readonly Secret[] {
  const found = new Set<string>();
  // A URL may stand in quotes, and quotes may stand in a password.
  for (const one of [text, text.replaceAll(/["']/g, ' ')]) {
    for (const part of urlParts(one).secret) found.add(part);
  }
  let below: number | null = null;
  for (const line of text.split(/\r?\n/)) {
    const indent = line.search(/\S/);
    if (below !== null && indent > below) found.add(line.trim());
    else if (indent >= 0) below = null;
    for (const [, , key = '', value = ''] of line.matchAll(writtenEntry)) {
      if (!namesSecret(key)) continue;
      const bare = value.replace(/^["'*&!]+|\s+#.*$|["'\s]+$/g, '');
      found.add(bare).add(value.trim());
    }
    const [, key = ''] = /^[\s-]*["']?([A-Za-z_][\w-]*)["']?\s*:/.exec(line) ?? [];
    if (key !== '' && namesSecret(key)) below = indent;
  }
  const telling = [...found].filter((value) => value.length >= shortestWord && !isReference(value));
  return telling.map((value) => ({ path: [], value, hide: 'word' }));
}

/**
 * Secrets in the spelling of the file, where that is another one than those that a redactor knows: a line
 * that is shown with an error holds `'it''s'`, not `it's`.
 *
 * @param written What stands in the file at the place of a node.
 */
export function asWritten(
  secrets: readonly Secret[],
  written: (path: SourcePath) => string,
): readonly Secret[] {
  return secrets.flatMap((secret) => {
    const value = written(secret.path);
    const known = forms(secret).some((form) => value.includes(form.replace(/^:|@$/g, '')));
    if (known || value.length < shortestWord || isReference(value)) return [secret];
    return [secret, { ...secret, value, hide: 'word' as const }];
  });
}

export function createRedactor(secrets: readonly Secret[]): Redactor {
  const words = [...new Set(secrets.flatMap(forms))].sort((a, b) => b.length - a.length);
  const hide = (text: string, replacement: (secret: string) => string): string =>
    words.reduce((result, secret) => result.split(secret).join(replacement(secret)), text);
  return {
    text: (text) => hide(text, (secret) => (isUserinfo(secret) ? ':[redacted]@' : '[redacted]')),
    mask: (line) =>
      hide(line, (secret) =>
        isUserinfo(secret) ? `:${'*'.repeat(secret.length - 2)}@` : '*'.repeat(secret.length),
      ),
  };
}

/** A redacted copy of configuration data: each secret node, or the password inside its URL. */
export function redactNodes(config: unknown, secrets: readonly Secret[]): unknown {
  return secrets.reduce((result, { path, value }) => {
    const node = valueAt(result, path);
    if (typeof node === 'number' && String(node) === value) return replaceAt(result, path, '[redacted]');
    if (typeof node !== 'string') return result;
    return replaceAt(result, path, node.split(value).join('[redacted]'));
  }, config);
}

/** How a secret may be spelt where it comes out: as it is, in a URL, in JSON, in an `Authorization: Basic`. */
function forms({ value, hide }: Secret): string[] {
  const inUrl = encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
  const spellings = [value, inUrl, lowerCaseEscapes(inUrl), JSON.stringify(value).slice(1, -1)];
  if (hide === 'userinfo') return spellings.map((spelling) => `:${spelling}@`);
  return [...spellings, ...base64Forms(value)];
}

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
}

/**
 * What of base64 is the same whatever stands before and after the secret: the encoding goes by three
 * bytes, so there is one for each place in such a group. Too little is left of a short one to be told
 * from any other text.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((place) => {
    const encoded = Buffer.concat([Buffer.alloc(place), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const own = encoded.slice(Math.ceil((8 * place) / 6), Math.floor((8 * (place + bytes.length)) / 6));
    return own.length < 8 ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function isUserinfo(secret: string): boolean {
  return secret.startsWith(':') && secret.endsWith('@');
}

function isSecretNode(path: SourcePath, text: string, fromEnvironment: boolean): boolean {
  if (text.includes('PRIVATE KEY-----')) return true;
  if (path.some((step) => typeof step === 'string' && namesSecret(step))) return true;
  if (!fromEnvironment || !['source', 'sinks', 'queue'].includes(String(path[0]))) return false;
  const key = path.findLast((step) => typeof step === 'string');
  // A URL says its own: only the password in it.
  return (
    !openKeys.has(String(key)) &&
    !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) &&
    !/^(true|false|\d{1,5})$/.test(text)
  );
}

/** Also where the name is mistyped: the error about it shows the line. */
function namesSecret(key: string): boolean {
  const name = snakeCase(key);
  return (
    secretWords.test(name) ||
    suggest(name, ['password', 'passphrase', 'secret', 'api_key']) !== null ||
    name.split('_').some((word) => suggest(word, ['password', 'passphrase']) !== null)
  );
}

function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');
}

/** What of the URLs in a text is secret (as written and decoded), and what is said in the open. */
function urlParts(text: string): { readonly secret: readonly string[]; readonly open: readonly string[] } {
  const secret = new Set<string>();
  const open = new Set<string>();
  // No scheme is longer, and without the bound a long text of letters takes the square of its length.
  for (const [, user = '', password = '', host = '', tail = ''] of text.matchAll(
    /[a-z][a-z0-9+.-]{0,30}:\/\/(?:([^:@/\s]*)(?::(\S*))?@)?([^@/?#\s]*)(\S*)/gi,
  )) {
    for (const part of [user, host, host.replace(/:\d+$/, ''), tail.replace(/[?#].*$/, '').slice(1)]) {
      if (part !== '') open.add(decode(part));
    }
    if (password !== '') secret.add(password).add(decode(password));
    for (const parameter of (/\?([^#]*)/.exec(tail)?.[1] ?? '').split('&')) {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(parameter) ?? [];
      if (!secretWords.test(snakeCase(name).replace(/^ssl(?=p)/, '')) || value === '') continue;
      secret
        .add(value)
        .add(decode(value))
        .add(decode(value.replaceAll('+', ' ')));
    }
  }
  return { secret: [...secret], open: [...open] };
}

/** Nothing but references to the environment without a default: it says no secret by itself. */
export function isReference(text: string): boolean {
  return text.replace(/\$\{[^}:]*(?::-)?\}/g, '') === '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded after all: it stands for itself.
    return text;
  }
}
