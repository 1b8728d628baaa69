import type { Fixture } from '../../e2e/harness/fixture.ts';

/** Rows enough for several ranges of a first fill, each of several pages. */
export const manyRows = 12_000;

/** One table of numbers, small from 1 to 100, and an index in which a number above 127 is rejected. */
export function numbers(rows: number = manyRows): Fixture {
  return {
    tables: `
      CREATE TABLE numbers (id integer PRIMARY KEY, small integer NOT NULL, label text NOT NULL);
      INSERT INTO numbers SELECT n, n % 100, 'label ' || n FROM generate_series(1, ${rows}) AS n;`,
    indexes: {
      numbers: {
        schema: `
          table: numbers
          fields:
            - custom: small
              postgres: [int4]
              opensearch: byte
            - keyword: label`,
        expected: "SELECT id, jsonb_build_object('small', small, 'label', label) AS document FROM numbers",
      },
    },
  };
}
