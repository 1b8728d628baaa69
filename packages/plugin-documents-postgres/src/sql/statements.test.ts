import { parseSchema } from '@sluice/core/schema';
import { describe, expect, it } from 'vitest';
import { shopCatalog } from '../../test/shop-catalog.ts';
import { bindIndex } from '../bind/bind-index.ts';
import { Report } from '../bind/report.ts';
import { compileIndex } from '../read/compiled.ts';
import { exactSplitStatement, sampledSplitStatement } from './split-statements.ts';

const yaml = `
table: users
routing: tenant
soft_delete:
  column: gone
filters:
  - {column: age, op: between, value: [18, 99]}
  - {raw: "email <> ''"}
fields:
  - keyword: email
    transforms: [trim, lowercase]
    default: none
  - count: orders
    table: orders
    foreign_key: userId
  - max: dearest
    table: orders
    foreign_key: userId
    column: total
    value_type: decimal
  - has_many: latest
    table: orders
    foreign_key: userId
    order_by:
      - column: at
        direction: desc
        nulls: last
    limit: 3
    fields:
      - timestamp: at
  - many_to_many: tags
    table: tags
    through:
      table: user_tags
      left_key: user_id
      right_key: tag_id
    fields:
      - keyword: label
`;

function compiled() {
  const { schema, diagnostics } = parseSchema(yaml, 'users.schema.yml', 'users');
  if (schema === null) throw new Error(JSON.stringify(diagnostics));
  const report = new Report();
  const { index } = bindIndex({ catalog: shopCatalog, names: [], report }, schema);
  if (index === null) throw new Error(JSON.stringify(report.diagnostics));
  return compileIndex(index);
}

/** One clause a line: for reading, not for running. */
function readable(sql: string): string {
  return sql
    .replaceAll(/ (FROM|WHERE|ORDER BY|LEFT JOIN|CROSS JOIN|LIMIT)\b/g, '\n$1')
    .replaceAll(' || \',"', '\n|| \',"');
}

describe('the statements of an index', () => {
  const index = compiled();

  it('build', () => expect(readable(index.build)).toMatchSnapshot());
  it('scan of a middle page', () => expect(readable(index.scan({ from: true, to: true }))).toMatchSnapshot());
  it('scan of the first page of an open range', () =>
    expect(readable(index.scan({ from: false, to: false }))).toMatchSnapshot());
  it('absent', () => expect(readable(index.absent)).toMatchSnapshot());
  it.each(index.paths)('resolve from $table.name ($side of $fields)', ({ first }) =>
    expect(readable(first)).toMatchSnapshot(),
  );
  it('one statement serves every field that a table reaches by the same way', () => {
    expect(index.paths.map(({ table, fields }) => [table.name, fields])).toEqual([
      ['orders', ['orders', 'dearest', 'latest']],
      ['tags', ['tags']],
      ['user_tags', ['tags']],
    ]);
  });
  it('split', () => {
    expect(readable(exactSplitStatement(index.bound))).toMatchSnapshot('by walking the index');
    expect(readable(sampledSplitStatement(index.bound))).toMatchSnapshot('by a sample');
  });
});
