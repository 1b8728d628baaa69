import fc from 'fast-check';
import type { TestDatabase } from './postgres.ts';

/** Ends whatever quotation it stands in, does harm, and begins another one. */
const attacks = [
  '";DROP TABLE harm.canary;--',
  "';DROP TABLE harm.canary;--",
  '$sluice$;DROP TABLE harm.canary;--',
  '$$;DROP TABLE harm.canary;--',
  "'||harm.run()||'",
  '"||harm.run()||"',
  ');SELECT harm.run();--',
  "\\';SELECT harm.run();--",
  '\nSELECT harm.run();\n',
  '*/SELECT harm.run();/*',
  '"."x',
  '$1',
];

/** What has a meaning of its own somewhere between a configuration and a server. */
const pieces = [
  ...[
    '"',
    "'",
    '\\',
    '$',
    '$sluice$',
    '$$',
    '%s',
    '%I',
    ';',
    '--',
    '/*',
    '*/',
    '\n',
    '\r',
    '\t',
    ' ',
    '.',
    ',',
  ],
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ':x',
    '?',
    '\u001b[31m',
    '\u0001',
    '\u007f',
    'ü',
    '日本',
    '😀',
    '\u202e',
    '\ufeff',
  ],
  ...['U&"', "E'", '__proto__', 'NULL', 'new', 'OLD', 'v_op', 'select', 't1', 'k0', 'A', 'z', '0'],
];

/** The longest name that Postgres keeps whole, in bytes. */
const longestName = 63;

function cut(text: string): string {
  let rest = text;
  while (Buffer.byteLength(rest) > longestName) rest = Array.from(rest).slice(0, -1).join('');
  return rest;
}

/** Names that a table, a column or a schema may really have, made to break out of any quotation. */
export function hostileNames(count: number): fc.Arbitrary<string[]> {
  const mixed = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 });
  const name = fc.oneof(
    fc.constantFrom(...attacks),
    fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...attacks)).map((parts) => parts.join('')),
    mixed.map((parts) => parts.join('')),
  );
  return fc.uniqueArray(name.map(cut), { minLength: count, maxLength: count });
}

/** Values with the same in them, of any length. */
export function hostileValue(): fc.Arbitrary<string> {
  const any = fc.oneof(
    fc.constantFrom(...attacks),
    fc.constantFrom(...pieces),
    fc.string({ unit: 'grapheme' }),
  );
  return fc.array(any, { maxLength: 40 }).map((parts) => parts.join('').replaceAll('\0', ''));
}

/** As SQL, written apart from the code under test. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What an injection would touch. */
export async function placeCanary(database: TestDatabase): Promise<void> {
  await database.query(`CREATE SCHEMA harm; GRANT USAGE ON SCHEMA harm TO PUBLIC;
    CREATE TABLE harm.canary (alive boolean); INSERT INTO harm.canary VALUES (true);
    CREATE TABLE harm.done (at timestamptz DEFAULT now()); GRANT INSERT ON harm.done TO PUBLIC;
    CREATE FUNCTION harm.run() RETURNS text LANGUAGE sql AS 'INSERT INTO harm.done DEFAULT VALUES RETURNING ''x'''`);
}

/** Rows that say that nothing was touched: one canary, no harm. */
export async function canary(database: TestDatabase): Promise<unknown> {
  const [row] = await database.query(
    'SELECT (SELECT count(*)::int FROM harm.canary WHERE alive) AS canaries, (SELECT count(*)::int FROM harm.done) AS harm',
  );
  return row;
}

export const unharmed = { canaries: 1, harm: 0 };
