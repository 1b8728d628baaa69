/**
 * JSON of which nothing was lost: a number is its digits, in one spelling for each value, so that
 * 12345678901234567890 is not its neighbour and 1.50 is 15e-1.
 */
export type ExactJson =
  | { readonly type: 'null' | 'boolean' | 'number' | 'string'; readonly text: string }
  | { readonly type: 'array'; readonly items: readonly ExactJson[] }
  | { readonly type: 'object'; readonly members: ReadonlyMap<string, ExactJson> };

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** @throws SyntaxError where the text is no JSON */
export function parseExactJson(text: string): ExactJson {
  // Every string and number becomes a string that says which it was; what JSON.parse makes of it has lost nothing.
  const marked: unknown = JSON.parse(
    text.replaceAll(token, (part) => (part.startsWith('"') ? `"s${part.slice(1)}` : `"n${part}"`)),
  );
  return exact(marked);
}

function exact(value: unknown): ExactJson {
  if (typeof value === 'string') {
    return value.startsWith('n')
      ? { type: 'number', text: value.slice(1) }
      : { type: 'string', text: JSON.stringify(value.slice(1)) };
  }
  if (Array.isArray(value)) return { type: 'array', items: value.map(exact) };
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, item]) => [key.slice(1), exact(item)] as const);
    return { type: 'object', members: new Map(members) };
  }
  return value === null
    ? { type: 'null', text: 'null' }
    : { type: 'boolean', text: value === true ? 'true' : 'false' };
}

/** One text for each value, however it was spelled and whatever the order of keys. */
export function canonicalText(value: ExactJson): string {
  switch (value.type) {
    case 'array':
      return `[${value.items.map(canonicalText).join(',')}]`;
    case 'object':
      return `{${[...value.members]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`)
        .join(',')}}`;
    case 'number':
      return canonicalNumber(value.text);
    default:
      return value.text;
  }
}

/** All significant digits and a power of ten. */
function canonicalNumber(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${exponent}`;
}

/** What is held where the document should say something else. */
export interface FieldDifference {
  /** `orders[3].total`; the document itself is ''. */
  readonly path: string;
  /** JSON text, shortened; null: there should be no such field. */
  readonly expected: string | null;
  /** JSON text, shortened; null: there is no such field. */
  readonly held: string | null;
  /** The two are of different JSON types, such as a number and a string. */
  readonly otherType: boolean;
}

/** Characters of a value that are shown. */
const shownText = 200;

/** Where two documents differ, at most `most` places, in the order of the expected one. */
export function fieldDifferences(
  expected: ExactJson,
  held: ExactJson,
  most: number,
): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  collect(expected, held, '', found, most);
  return found;
}

function collect(
  expected: ExactJson | undefined,
  held: ExactJson | undefined,
  path: string,
  found: FieldDifference[],
  most: number,
): void {
  if (found.length >= most) return;
  if (expected?.type === 'object' && held?.type === 'object') {
    for (const key of new Set([...expected.members.keys(), ...held.members.keys()])) {
      collect(expected.members.get(key), held.members.get(key), member(path, key), found, most);
    }
    return;
  }
  if (expected?.type === 'array' && held?.type === 'array') {
    for (let at = 0; at < Math.max(expected.items.length, held.items.length); at += 1) {
      collect(expected.items[at], held.items[at], `${path}[${at}]`, found, most);
    }
    return;
  }
  const [wanted, seen] = [expected, held].map((value) => (value === undefined ? null : canonicalText(value)));
  if (wanted === seen) return;
  found.push({
    path,
    expected: shown(expected),
    held: shown(held),
    otherType:
      expected !== undefined && held !== undefined && expected.type !== held.type && notNull(expected, held),
  });
}

/** A value that is missing is no wrong type. */
function notNull(...values: readonly ExactJson[]): boolean {
  return values.every(({ type }) => type !== 'null');
}

function member(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function shown(value: ExactJson | undefined): string | null {
  if (value === undefined) return null;
  const text = spelled(value);
  return text.length > shownText ? `${text.slice(0, shownText)}…` : text;
}

/** As it was written, but for white space. */
function spelled(value: ExactJson): string {
  switch (value.type) {
    case 'array':
      return `[${value.items.map(spelled).join(',')}]`;
    case 'object':
      return `{${[...value.members].map(([key, item]) => `${JSON.stringify(key)}:${spelled(item)}`).join(',')}}`;
    default:
      return value.text;
  }
}
