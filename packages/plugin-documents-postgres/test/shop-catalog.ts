import { type CatalogColumn, type CatalogTable, catalogOf } from '@sluice/postgres';

function column(name: string, type: string): CatalogColumn {
  return {
    name,
    type: { schema: 'pg_catalog', name: type, labels: null, kind: 'base', operatorSchema: 'pg_catalog' },
    array: false,
    nullable: false,
    generated: null,
    deterministic: true,
    readable: true,
  };
}

function table(
  name: string,
  columns: Readonly<Record<string, string>>,
  key: readonly string[],
  indexes: readonly string[],
): CatalogTable {
  const index = (on: readonly string[], unique: boolean) => ({
    name: `${name}_${on.join('_')}`,
    columns: on,
    method: 'btree',
    unique,
    primary: unique,
    partial: false,
  });
  return {
    schema: 'public',
    name,
    oid: name,
    kind: 'table',
    partitionOf: null,
    inherited: false,
    unlogged: false,
    rowSecurity: false,
    rows: 1000,
    columns: new Map(Object.entries(columns).map(([each, type]) => [each, column(each, type)])),
    primaryKey: key,
    indexes: [index(key, true), ...indexes.map((on) => index([on], false))],
    foreignKeys: [],
  };
}

/** A small shop, as a catalog would describe it: for tests that need no server. */
export const shopCatalog = catalogOf([
  table('users', { id: 'int8', email: 'text', tenant: 'uuid', gone: 'bool', age: 'int4' }, ['id'], []),
  table(
    'orders',
    { region: 'text', no: 'int4', userId: 'int8', total: 'numeric', at: 'timestamptz' },
    ['region', 'no'],
    ['userId'],
  ),
  table('tags', { id: 'int4', label: 'text' }, ['id'], []),
  table('user_tags', { user_id: 'int8', tag_id: 'int4' }, ['user_id', 'tag_id'], ['tag_id']),
]);
