import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One index: its schema file, and SQL written by hand that says what must be in it. */
export interface IndexFixture {
  readonly schema: string;
  readonly expected: string;
  readonly on_reject?: 'stop' | 'skip' | 'dead_letter';
  readonly keep_former?: boolean;
  readonly sinks?: readonly string[];
  /** `false`: nothing is expected of it. */
  readonly enabled?: boolean;
}

/** Tables with rows, and the indexes over them. */
export interface Fixture {
  readonly tables: string;
  readonly indexes: Readonly<Record<string, IndexFixture>>;
}

/** A folder of `test/e2e/fixtures`: `tables.sql`, and `x.schema.yml` with `x.expected.sql` for each index. */
export async function loadFixture(name: string): Promise<Fixture> {
  const folder = join(import.meta.dirname, '../fixtures', name);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const schemas = (await readdir(folder)).filter((file) => file.endsWith('.schema.yml')).sort();
  const indexes = await Promise.all(
    schemas.map(async (file): Promise<[string, IndexFixture]> => {
      const index = basename(file, '.schema.yml');
      const expected = (await read(`${index}.expected.sql`)).trim().replace(/;$/, '');
      return [index, { schema: await read(file), expected }];
    }),
  );
  return { tables: await read('tables.sql'), indexes: Object.fromEntries(indexes) };
}
