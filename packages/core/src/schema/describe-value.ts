const longest = 40;

/** What stands in the file, for messages: `the text "abc"`, `the number 5`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `the text ${quote(value)}`;
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'boolean') return `\`${value}\``;
  if (Array.isArray(value)) return describeList(value);
  return describeMapping(Object.keys(value));
}

/** A name or value inside backticks, shortened where it is long. */
export function quoteName(name: string): string {
  return `\`${shorten(name).replaceAll('`', "'")}\``;
}

/** "a, b and c". */
export function enumerate(names: readonly string[], joiner: 'and' | 'or' = 'and'): string {
  const last = names.at(-1);
  if (last === undefined) return '';
  if (names.length === 1) return last;
  return `${names.slice(0, -1).join(', ')} ${joiner} ${last}`;
}

function describeList(items: readonly unknown[]): string {
  if (items.length === 0) return 'an empty list';
  const plain = items.every((item) => typeof item !== 'object' || item === null);
  const text = items.slice(0, 6).map(String).join(', ');
  return plain && items.length <= 6 && text.length <= longest ? `the list [${text}]` : 'a list';
}

function describeMapping(keys: readonly string[]): string {
  if (keys.length === 0) return 'an empty mapping';
  const shown = keys.slice(0, 4).map(quoteName);
  return keys.length > shown.length
    ? `a mapping with ${shown.join(', ')} …`
    : `a mapping with ${enumerate(shown)}`;
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** Cut between characters, not inside one. */
function shorten(text: string): string {
  if (text.length <= longest) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(longest - 1)) ? longest - 1 : longest;
  return `${text.slice(0, end)}…`;
}
