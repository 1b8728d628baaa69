/** What a condition written in SQL is made of. */
export interface RawCondition {
  /** Unquoted names folded to lower case, as Postgres does. */
  readonly names: ReadonlySet<string>;
  /** Names that stand before `(`, with their schema where one is written. */
  readonly calls: readonly { readonly schema: string | null; readonly name: string }[];
}

export type RawAnalysis =
  | { readonly ok: true; readonly condition: RawCondition }
  | { readonly ok: false; readonly reason: string };

interface Token {
  readonly kind: 'name' | 'quoted' | 'string' | 'number' | 'symbol';
  readonly text: string;
}

const pattern =
  /(?<space>\s+)|(?<comment>--|\/\*)|(?<dollar>\$)|(?<estring>[eE]'(?:[^'\\]|\\.|'')*')|(?<string>(?:[bBxXnN])?'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")+")|(?<name>[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|(?<symbol>::|[-+*/<>=~!@#%^&|?`]+|[()[\],.:;])/suy;

/** Words that read other rows, or values that change by themselves. */
const refusedWords: Readonly<Record<string, string>> = {
  select: 'reads other rows',
  with: 'reads other rows',
  values: 'is a query',
  table: 'reads other rows',
  current_date: 'changes with time',
  current_time: 'changes with time',
  current_timestamp: 'changes with time',
  localtime: 'changes with time',
  localtimestamp: 'changes with time',
  current_user: 'depends on who asks',
  current_role: 'depends on who asks',
  session_user: 'depends on who asks',
  system_user: 'depends on who asks',
  operator: 'may name an operator that does anything',
  user: 'depends on who asks',
  current_catalog: 'depends on who asks',
  current_schema: 'depends on who asks',
};

/** Words that may stand before `(` without being a function. */
const notFunctions: ReadonlySet<string> = new Set(
  (
    'and or not in any all some between like ilike similar is isnull notnull case when then else end on ' +
    'array row coalesce nullif greatest least cast extract overlay position substring trim both leading trailing ' +
    'from for as collate at zone distinct symmetric asymmetric exists interval ' +
    'char character varchar numeric decimal dec bit varying float time timestamp precision national'
  ).split(' '),
);

/** Texts that date and time types read as the present. */
const presentText = /^\s*(?:now|today|tomorrow|yesterday)\b/i;

/**
 * Takes a raw condition apart, far enough to know which columns it may read and which functions it
 * calls. What it cannot be sure about it refuses.
 */
export function analyseRaw(sql: string): RawAnalysis {
  const tokens: Token[] = [];
  let depth = 0;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < sql.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(sql);
    const found = match?.groups;
    if (match == null || found === undefined)
      return refuse(`it has "${sql.slice(at, at + 10)}", which is not understood`);
    if (found['comment'] !== undefined) return refuse('it has a comment');
    if (found['dollar'] !== undefined) return refuse('it has a $ (a parameter or a dollar-quoted text)');
    const text = match[0];
    if (text === ';') return refuse('it has a ;');
    if (text === '(' || text === '[') depth += 1;
    if (text === ')' || text === ']') depth -= 1;
    if (depth < 0) return refuse('its parentheses do not match');
    if (found['estring'] !== undefined || /^[uU]&$/.test(sql.slice(at - 1, at + 1))) {
      return refuse('it has a text with escapes');
    }
    const token = tokenOf(found);
    if (token !== null) tokens.push(token);
  }
  if (depth !== 0) return refuse('its parentheses do not match');
  if (tokens.length === 0) return refuse('it is empty');
  return collect(tokens);
}

function collect(tokens: readonly Token[]): RawAnalysis {
  const names = new Set<string>();
  const calls: { schema: string | null; name: string }[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'string' && presentText.test(token.text)) {
      return refuse(`'${token.text}' can mean the present, which changes without any row changing`);
    }
    if (token.kind !== 'name' && token.kind !== 'quoted') continue;
    const refused = token.kind === 'name' ? refusedWords[token.text] : undefined;
    const after = tokens[at + 1]?.text;
    const qualifier = tokens[at - 1]?.text === '.' ? (tokens[at - 2]?.text ?? null) : null;
    if (refused !== undefined && qualifier === null) return refuse(`${token.text} ${refused}`);
    if (after === '.' && tokens[at + 2]?.text === '*') return refuse(`${token.text}.* reads every column`);
    if (after === '(' && !(token.kind === 'name' && notFunctions.has(token.text))) {
      calls.push({ schema: qualifier, name: token.text });
    } else if (after !== '.') {
      names.add(token.text);
    }
  }
  return { ok: true, condition: { names, calls } };
}

function tokenOf(found: Readonly<Record<string, string | undefined>>): Token | null {
  const { name, quoted, string, estring, number, symbol } = found;
  if (name !== undefined) return { kind: 'name', text: name.toLowerCase() };
  if (quoted !== undefined) return { kind: 'quoted', text: quoted.slice(1, -1).replaceAll('""', '"') };
  const literal = string ?? estring;
  if (literal !== undefined) {
    return { kind: 'string', text: literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'") };
  }
  if (number !== undefined) return { kind: 'number', text: number };
  return symbol === undefined ? null : { kind: 'symbol', text: symbol };
}

function refuse(reason: string): RawAnalysis {
  return { ok: false, reason };
}

/**
 * Built-in functions that Postgres marks as stable only because settings matter to them, which
 * Sluice pins. (concat, to_char and the like print by DateStyle and TimeZone.)
 */
export const pinnedFunctions: ReadonlySet<string> = new Set([
  'array_to_json',
  'array_to_string',
  'concat',
  'concat_ws',
  'date',
  'date_part',
  'date_trunc',
  'format',
  'json_build_array',
  'json_build_object',
  'jsonb_build_array',
  'jsonb_build_object',
  'quote_literal',
  'quote_nullable',
  'row_to_json',
  'text',
  'timezone',
  'to_char',
  'to_date',
  'to_json',
  'to_jsonb',
  'to_number',
  'to_timestamp',
  'to_tsvector',
  'to_tsquery',
  'plainto_tsquery',
  'phraseto_tsquery',
  'websearch_to_tsquery',
]);
