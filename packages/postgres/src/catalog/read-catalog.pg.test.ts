import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts';
import { createPool, type SourcePool } from '../connection-pool.ts';
import { parseConnection } from '../connection-settings.ts';
import { hasIndexOn, isUnique } from './catalog.ts';
import { readCatalog, readTableNames } from './read-catalog.ts';

let database: TestDatabase;
let pool: SourcePool;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(parseConnection(database.url), { applicationName: 'catalog test' });
  await database.query(`
    CREATE SCHEMA "Odd";
    CREATE EXTENSION citext SCHEMA "Odd";
    CREATE TYPE "Odd".mood AS ENUM ('b', 'a');
    CREATE DOMAIN name_list AS varchar(10)[];
    CREATE DOMAIN base AS int NOT NULL;
    CREATE DOMAIN derived AS base CHECK (value > 0);
    CREATE COLLATION loose (provider = icu, locale = 'und', deterministic = false);
    CREATE TABLE "Odd"."camelCase" (
      "userId" int, region text, mood "Odd".mood, moods "Odd".mood[], list name_list, n derived, m numeric(10,2) NOT NULL,
      email "Odd".citext, loose text COLLATE loose, twice int GENERATED ALWAYS AS ("userId" * 2) STORED, dropped int,
      PRIMARY KEY (region, "userId"), UNIQUE (email));
    ALTER TABLE "Odd"."camelCase" DROP COLUMN dropped;
    CREATE INDEX partial ON "Odd"."camelCase" (m) WHERE m > 0;
    CREATE INDEX computed ON "Odd"."camelCase" (lower(loose), m);
    CREATE TABLE child (id int PRIMARY KEY, region text, "userId" int,
      CONSTRAINT up FOREIGN KEY (region, "userId") REFERENCES "Odd"."camelCase" (region, "userId"));
    CREATE UNLOGGED TABLE quick (id int);
    CREATE TABLE parted (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE parted_sub PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (id);
    CREATE TABLE leaf PARTITION OF parted_sub FOR VALUES FROM (0) TO (100);
    CREATE TABLE parent (id int);
    CREATE TABLE heir () INHERITS (parent);
    CREATE VIEW seen AS SELECT 1 AS one;
    CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one;
    INSERT INTO parted SELECT i, '2024-02-02' FROM generate_series(1, 90) i;
    ANALYZE parted_sub; ANALYZE leaf;`);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const at = (schema: string, name: string) => ({ schema, name });

describe('the catalog', () => {
  it('has columns with their base type, however it is wrapped', async () => {
    const catalog = await readCatalog(pool, [at('Odd', 'camelCase')]);
    const table = catalog.find(at('Odd', 'camelCase'));
    expect(table).toMatchObject({
      kind: 'table',
      primaryKey: ['region', 'userId'],
      partitionOf: null,
      rowSecurity: false,
    });
    const type = (name: string) => {
      const column = table?.columns.get(name);
      return [column?.type.schema, column?.type.name, column?.array, column?.nullable];
    };
    expect([...(table?.columns.keys() ?? [])]).toEqual([
      'userId',
      'region',
      'mood',
      'moods',
      'list',
      'n',
      'm',
      'email',
      'loose',
      'twice',
    ]);
    expect(type('userId')).toEqual(['pg_catalog', 'int4', false, false]);
    expect(type('moods')).toEqual(['Odd', 'mood', true, true]);
    expect(type('list')).toEqual(['pg_catalog', 'varchar', true, true]);
    expect(type('n')).toEqual(['pg_catalog', 'int4', false, false]);
    expect(type('m')).toEqual(['pg_catalog', 'numeric', false, false]);
    expect(table?.columns.get('mood')?.type).toMatchObject({
      labels: ['b', 'a'],
      kind: 'enum',
      operatorSchema: 'pg_catalog',
    });
    expect(table?.columns.get('email')).toMatchObject({
      deterministic: false,
      type: { operatorSchema: 'Odd' },
    });
    expect(table?.columns.get('loose')?.deterministic).toBe(false);
    expect(table?.columns.get('twice')?.generated).toBe('stored');
  });

  it('knows which indexes can look up, and which make unique', async () => {
    const table = (await readCatalog(pool, [at('Odd', 'camelCase')])).find(at('Odd', 'camelCase'));
    if (table === undefined) throw new Error('no table');
    expect(hasIndexOn(table, ['region'])).toBe(true);
    expect(hasIndexOn(table, ['userId', 'region'])).toBe(true);
    expect(hasIndexOn(table, ['userId'])).toBe(false);
    expect(hasIndexOn(table, ['m'])).toBe(false);
    expect(isUnique(table, ['email', 'm'])).toBe(true);
    expect(isUnique(table, ['region'])).toBe(false);
  });

  it('has foreign keys in the order of their columns', async () => {
    const child = (await readCatalog(pool, [at('public', 'child')])).find(at('public', 'child'));
    expect(child?.foreignKeys).toEqual([
      {
        name: 'up',
        columns: ['region', 'userId'],
        table: at('Odd', 'camelCase'),
        references: ['region', 'userId'],
      },
    ]);
  });

  it('knows partitions, inheritance, views and what is not logged', async () => {
    const catalog = await readCatalog(pool, 'all');
    const find = (name: string) => catalog.find(at('public', name));
    expect(find('parted')).toMatchObject({
      kind: 'partitioned',
      partitionOf: null,
      rows: 90,
      inherited: false,
    });
    expect(find('leaf')).toMatchObject({ kind: 'table', partitionOf: at('public', 'parted') });
    expect(find('parted_sub')).toMatchObject({ kind: 'partitioned', partitionOf: at('public', 'parted') });
    expect(find('parent')?.inherited).toBe(true);
    expect(find('seen')?.kind).toBe('view');
    expect(find('kept')?.kind).toBe('materialized view');
    expect(find('quick')).toMatchObject({ unlogged: true, primaryKey: null, rows: null });
  });

  it('leaves out what does not exist, and names what does', async () => {
    expect((await readCatalog(pool, [at('public', 'camelCase'), at('nope', 'x')])).tables).toEqual([]);
    expect((await readCatalog(pool, [])).tables).toEqual([]);
    const names = await readTableNames(pool);
    expect(names).toContainEqual(at('Odd', 'camelCase'));
    expect(names).not.toContainEqual(at('public', 'leaf'));
  });

  it('says where row security would hide rows', async () => {
    const role = await database.createRole();
    await database.query(`CREATE TABLE guarded (id int, secret int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
      GRANT SELECT (id) ON guarded TO ${role.name}`);
    const as = createPool(parseConnection(role.url), { applicationName: 'catalog test' });
    const guarded = (await readCatalog(as, [at('public', 'guarded')])).find(at('public', 'guarded'));
    await as.end();
    expect(guarded?.rowSecurity).toBe(true);
    expect(guarded?.columns.get('id')?.readable).toBe(true);
    expect(guarded?.columns.get('secret')?.readable).toBe(false);
    expect(
      (await readCatalog(pool, [at('public', 'guarded')])).find(at('public', 'guarded'))?.rowSecurity,
    ).toBe(false);
    await database.query(`DROP OWNED BY ${role.name}`);
  });
});
