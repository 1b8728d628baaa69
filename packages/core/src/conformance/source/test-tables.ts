import type { CaptureRequirements, RequiredTable, TableRole } from '../../contracts/index.ts';

export type TestTableName = 'customers' | 'orders' | 'orderItems';

export interface TestTable {
  readonly name: TestTableName;
  /** Primary key, in key order. */
  readonly key: readonly string[];
  /** Foreign keys' columns: may be NULL, and name rows that need not exist (there is no constraint). */
  readonly links: readonly string[];
  /** Every column with its Postgres type, in order. */
  readonly columns: Readonly<Record<string, 'bigint' | 'text' | 'uuid' | 'numeric' | 'integer'>>;
}

/**
 * The small shop that the kits for captures and document builders work on. Names need quotes, keys
 * are composite, larger than a JavaScript number, a uuid, and text of any kind. A driver creates
 * these tables, in any schema; it may add columns that fill themselves (`updated_at`).
 */
export const testTables: readonly TestTable[] = [
  { name: 'customers', key: ['id'], links: [], columns: { id: 'bigint', name: 'text' } },
  {
    name: 'orders',
    key: ['region', 'number'],
    links: ['customerId'],
    columns: { region: 'text', number: 'bigint', customerId: 'bigint', total: 'numeric', note: 'text' },
  },
  {
    name: 'orderItems',
    key: ['id'],
    links: ['orderRegion', 'orderNumber'],
    columns: { id: 'uuid', orderRegion: 'text', orderNumber: 'bigint', title: 'text', quantity: 'integer' },
  },
];

const roles: Readonly<Record<TestTableName, TableRole>> = {
  customers: 'parent',
  orders: 'root',
  orderItems: 'child',
};

/** What an index over the shop needs of a capture, for some of its tables or all. */
export function testRequirements(
  schema: string,
  only: readonly TestTableName[] = ['customers', 'orders', 'orderItems'],
): CaptureRequirements {
  return { tables: testTables.filter(({ name }) => only.includes(name)).map(required) };

  function required({ name, key, links, columns }: TestTable): RequiredTable {
    const field = name === 'orders' ? '' : `orders.${name}`;
    return {
      table: { schema, name },
      key,
      links: [...key, ...links],
      watched: Object.keys(columns),
      uses: [{ index: 'orders', role: roles[name], field }],
    };
  }
}
