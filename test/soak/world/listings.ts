import type { Random } from '../random.ts';
import type { Area } from './area.ts';

/**
 * Documents under ids and routings of their own that change, filters and soft deletes that rows pass in and
 * out of, in a database schema with a table name that `public` has too.
 */
export function listingsArea(): Area {
  const listing = (random: Random) => random.between(1, 60);
  const photo = (random: Random) => random.between(1, 150);
  const tenant = (random: Random) => random.pick(["'t1'", "'t2'", "'T 3'", "'ü|4'"]);
  const status = (random: Random) => random.pick(["'public'", "'public'", "'pinned'", "'draft'", 'NULL']);
  const text = (random: Random) => `'text ${random.below(1e6)}'`;
  return {
    tables: `
CREATE SCHEMA "Sales";
CREATE TABLE "Sales".listings (
  id integer PRIMARY KEY, tenant text NOT NULL, slug text NOT NULL, title text, status text, words integer, deleted_at timestamptz,
  UNIQUE (tenant, slug)
);
CREATE TABLE "Sales".orders (
  id integer PRIMARY KEY,
  listing_id integer REFERENCES "Sales".listings ON UPDATE CASCADE ON DELETE CASCADE,
  url text, stars integer, approved boolean
);
CREATE INDEX ON "Sales".orders (listing_id);
INSERT INTO "Sales".listings SELECT n, 't' || n % 3, 'slug ' || n, 'title ' || n, (ARRAY['public', 'draft', NULL])[1 + n % 3], n * 10
  FROM generate_series(1, 50) AS n;
INSERT INTO "Sales".orders SELECT n, 1 + n % 50, 'https://x/' || n, n % 6, n % 4 > 0 FROM generate_series(1, 120) AS n;`,
    indexes: {
      listings: {
        schema: `
table: listings
schema: Sales
doc_id: [tenant, slug]
routing: tenant
fields:
  - text: title
  - has_many: photos
    table: orders
    schema: Sales
    foreign_key: listing_id
    fields:
      - keyword: url`,
        expected: `
SELECT replace(l.tenant, '|', '\\|') || '|' || l.slug AS id, l.tenant AS routing, jsonb_build_object('title', l.title, 'photos', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('url', p.url) ORDER BY p.id), '[]')
  FROM "Sales".orders AS p WHERE p.listing_id = l.id
)) AS document FROM "Sales".listings AS l`,
      },
      cards: {
        schema: `
table: listings
schema: Sales
soft_delete: { column: deleted_at }
filters:
  - { column: status, op: in, value: [public, pinned] }
  - { raw: "words > 15 AND title <> 'hidden'" }
fields:
  - text: title
  - has_many: best
    table: orders
    schema: Sales
    foreign_key: listing_id
    filters:
      - { column: approved, op: eq, value: true }
    order_by:
      - { column: stars, direction: desc, nulls: last }
    limit: 2
    fields:
      - integer: id
      - integer: stars
  - max: stars
    table: orders
    schema: Sales
    foreign_key: listing_id
    column: stars
    value_type: integer`,
        expected: `
SELECT l.id, jsonb_build_object(
  'title', l.title,
  'best', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'stars', b.stars) ORDER BY b.stars DESC NULLS LAST, b.id), '[]')
    FROM (
      SELECT * FROM "Sales".orders AS r WHERE r.listing_id = l.id AND r.approved
      ORDER BY r.stars DESC NULLS LAST, r.id LIMIT 2
    ) AS b
  ),
  'stars', (SELECT max(r.stars) FROM "Sales".orders AS r WHERE r.listing_id = l.id)
) AS document
FROM "Sales".listings AS l
WHERE l.deleted_at IS NULL AND l.status IN ('public', 'pinned') AND l.words > 15 AND l.title <> 'hidden'`,
      },
    },
    followed: ['"Sales".listings', '"Sales".orders'],
    operations: [
      {
        weight: 6,
        sql: (r) =>
          `UPDATE "Sales".listings SET title = ${r.chance(20) ? "'hidden'" : text(r)} WHERE id = ${listing(r)}`,
      },
      { weight: 6, sql: (r) => `UPDATE "Sales".listings SET tenant = ${tenant(r)} WHERE id = ${listing(r)}` },
      {
        weight: 6,
        sql: (r) => `UPDATE "Sales".listings SET slug = 'slug ' || ${listing(r)} WHERE id = ${listing(r)}`,
      },
      {
        weight: 6,
        sql: (r) =>
          `UPDATE "Sales".listings SET status = ${status(r)}, words = ${r.below(40)} WHERE id = ${listing(r)}`,
      },
      {
        weight: 4,
        sql: (r) =>
          `UPDATE "Sales".listings SET deleted_at = ${r.pick(['NULL', 'now()'])} WHERE id = ${listing(r)}`,
      },
      { weight: 3, sql: (r) => `UPDATE "Sales".listings SET id = ${listing(r)} WHERE id = ${listing(r)}` },
      { weight: 4, sql: (r) => `DELETE FROM "Sales".listings WHERE id = ${listing(r)}` },
      {
        weight: 8,
        sql: (
          r,
        ) => `INSERT INTO "Sales".listings VALUES (${listing(r)}, ${tenant(r)}, 'slug ' || ${listing(r)}, ${text(r)}, ${status(r)}, 20)
          ON CONFLICT DO NOTHING`,
      },
      {
        weight: 6,
        sql: (r) =>
          `UPDATE "Sales".orders SET listing_id = ${listing(r)}, stars = ${r.pick(['NULL', '0', '3', '5'])} WHERE id = ${photo(r)}`,
      },
      {
        weight: 4,
        sql: (r) =>
          `UPDATE "Sales".orders SET approved = ${r.pick(['true', 'false', 'NULL'])} WHERE id = ${photo(r)}`,
      },
      { weight: 3, sql: (r) => `DELETE FROM "Sales".orders WHERE id = ${photo(r)}` },
      {
        weight: 6,
        sql: (r) =>
          `INSERT INTO "Sales".orders VALUES (${photo(r)}, ${listing(r)}, ${text(r)}, ${r.below(6)}, true) ON CONFLICT DO NOTHING`,
      },
      { weight: 1, sql: () => 'TRUNCATE "Sales".orders' },
    ],
  };
}
