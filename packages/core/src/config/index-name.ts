/** Longest name of a physical index, in bytes of UTF-8 (OpenSearch, "Create index"). */
const longestName = 255;

/** `_`, 16 hex digits of the hash, `_` and the generation's number. */
const generationSuffix = 1 + 16 + 1 + 10;

/**
 * Why no index can have this name, or null where it can: OpenSearch's rules for `{prefix}{name}`
 * and for what a generation adds to it. Names that begin with a dot are OpenSearch's (and Sluice's).
 */
export function indexNameProblem(name: string, prefix: string): string | null {
  if (name === '') return 'must not be empty';
  const full = `${prefix}${name}`;
  if (/[\\/*?"<>|,#:\s]/.test(name)) return 'must not hold spaces or any of `\\ / * ? " < > | , # :`';
  if (name !== name.toLowerCase()) return 'must be lower case';
  if (/^[._+-]/.test(name)) return 'must not begin with `.`, `_`, `-` or `+`';
  if (Buffer.byteLength(full) + generationSuffix > longestName) {
    return `must be shorter: with the prefix it may have ${longestName - generationSuffix} bytes`;
  }
  return null;
}

/** Why no deployment can have this prefix, or null where it can. */
export function prefixProblem(prefix: string): string | null {
  return prefix === '' ? null : indexNameProblem(prefix, '');
}

/** Names of sinks are labels of metrics and parts of messages. */
export function sinkNameProblem(name: string): string | null {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name)
    ? null
    : 'must begin with a letter or digit and hold only letters, digits, `_`, `.` and `-`, 63 at most';
}
