import type { Random } from '../random.ts';
import { type Area, quoted } from './area.ts';

const codes = ['A|1', 'A\\|1', "it's", 'ü', '  ', 'z'].map(quoted);

/** Keys of several columns, names that need quotes, and junctions over several columns. */
export function identitiesArea(): Area {
  const code = (random: Random) => random.pick(codes);
  const line = (random: Random) => random.between(1, 4);
  const pair = (random: Random) => `(${code(random)}, ${line(random)})`;
  const note = (random: Random) => random.between(1, 60);
  const user = (random: Random) => random.between(1, 15);
  const item = (random: Random) => random.between(1, 50);
  const family = (random: Random) => random.pick(["'red'", "'blue\\'"]);
  const shade = (random: Random) => random.between(1, 3);
  const text = (random: Random) => `'text ${random.below(1e6)}'`;
  return {
    tables: `
CREATE TABLE parts ("orderNo" text, line integer, title text, PRIMARY KEY ("orderNo", line));
CREATE TABLE part_notes (
  id integer PRIMARY KEY, "orderNo" text, line integer, body text,
  FOREIGN KEY ("orderNo", line) REFERENCES parts ON UPDATE CASCADE ON DELETE SET NULL
);
CREATE TABLE colours (family text, shade integer, name text NOT NULL, PRIMARY KEY (family, shade));
CREATE TABLE part_colours (
  "orderNo" text, line integer, family text, shade integer,
  PRIMARY KEY ("orderNo", line, family, shade),
  FOREIGN KEY ("orderNo", line) REFERENCES parts ON UPDATE CASCADE ON DELETE CASCADE,
  FOREIGN KEY (family, shade) REFERENCES colours ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "UserAccount" ("userId" integer PRIMARY KEY, "fullName" text, "a ""quoted"" name" text);
CREATE TABLE "Line Item" (
  "itemId" integer PRIMARY KEY, "userId" integer REFERENCES "UserAccount" ON UPDATE CASCADE ON DELETE CASCADE, "select" text
);
INSERT INTO parts SELECT c, l, 'part' FROM unnest(ARRAY[${codes.join(', ')}]) AS c, generate_series(1, 3) AS l;
INSERT INTO part_notes SELECT n, 'z', 1 + n % 3, 'note ' || n FROM generate_series(1, 30) AS n;
INSERT INTO colours SELECT f, s, f || s FROM unnest(ARRAY['red', 'blue\\']) AS f, generate_series(1, 3) AS s;
INSERT INTO "UserAccount" SELECT n, 'Name ' || n, 'q' || n FROM generate_series(1, 10) AS n;
INSERT INTO "Line Item" SELECT n, 1 + n % 10, 's' || n FROM generate_series(1, 30) AS n;`,
    indexes: {
      parts: {
        schema: `
table: parts
fields:
  - text: title
  - has_many: notes
    table: part_notes
    foreign_key: [orderNo, line]
    fields:
      - text: body
  - many_to_many: colours
    table: colours
    through: { table: part_colours, left_key: [orderNo, line], right_key: [family, shade] }
    fields:
      - keyword: name`,
        expected: `
SELECT replace(replace(p."orderNo", '\\', '\\\\'), '|', '\\|') || '|' || p.line AS id, jsonb_build_object(
  'title', p.title,
  'notes', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('body', n.body) ORDER BY n.id), '[]')
    FROM part_notes AS n WHERE (n."orderNo", n.line) = (p."orderNo", p.line)
  ),
  'colours', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.name) ORDER BY c.family COLLATE "C", c.shade), '[]')
    FROM part_colours AS pc JOIN colours AS c USING (family, shade)
    WHERE (pc."orderNo", pc.line) = (p."orderNo", p.line)
  )
) AS document FROM parts AS p`,
      },
      part_notes: {
        schema: `
table: part_notes
fields:
  - text: body
  - belongs_to: part
    table: parts
    column: [orderNo, line]
    fields:
      - text: title`,
        expected: `
SELECT n.id, jsonb_build_object('body', n.body, 'part', (
  SELECT jsonb_build_object('title', p.title) FROM parts AS p WHERE (p."orderNo", p.line) = (n."orderNo", n.line)
)) AS document FROM part_notes AS n`,
      },
      accounts: {
        schema: `
table: UserAccount
fields:
  - text: fullName
  - keyword: quoted
    column: 'a "quoted" name'
  - has_many: lineItems
    table: Line Item
    foreign_key: userId
    fields:
      - integer: itemId
      - keyword: select`,
        expected: `
SELECT u."userId" AS id, jsonb_build_object(
  'fullName', u."fullName", 'quoted', u."a ""quoted"" name", 'lineItems', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('itemId', i."itemId", 'select', i."select") ORDER BY i."itemId"), '[]')
    FROM "Line Item" AS i WHERE i."userId" = u."userId"
  )
) AS document FROM "UserAccount" AS u`,
      },
    },
    followed: ['parts', 'part_notes', 'part_colours', '"UserAccount"', '"Line Item"'],
    operations: [
      { weight: 4, sql: (r) => `UPDATE parts SET title = ${text(r)} WHERE ("orderNo", line) = ${pair(r)}` },
      {
        weight: 4,
        sql: (r) => `UPDATE parts SET ("orderNo", line) = ${pair(r)} WHERE ("orderNo", line) = ${pair(r)}`,
      },
      { weight: 3, sql: (r) => `DELETE FROM parts WHERE ("orderNo", line) = ${pair(r)}` },
      {
        weight: 5,
        sql: (r) => `INSERT INTO parts VALUES (${code(r)}, ${line(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 5, sql: (r) => `UPDATE part_notes SET ("orderNo", line) = ${pair(r)} WHERE id = ${note(r)}` },
      { weight: 2, sql: (r) => `UPDATE part_notes SET line = NULL WHERE id = ${note(r)}` },
      { weight: 3, sql: (r) => `UPDATE part_notes SET body = ${text(r)} WHERE id = ${note(r)}` },
      { weight: 3, sql: (r) => `DELETE FROM part_notes WHERE id = ${note(r)}` },
      {
        weight: 5,
        sql: (r) =>
          `INSERT INTO part_notes VALUES (${note(r)}, ${code(r)}, ${line(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 5,
        sql: (r) =>
          `INSERT INTO part_colours VALUES (${code(r)}, ${line(r)}, ${family(r)}, ${shade(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 3, sql: (r) => `DELETE FROM part_colours WHERE ("orderNo", line) = ${pair(r)}` },
      {
        weight: 3,
        sql: (r) =>
          `UPDATE part_colours SET shade = ${shade(r)} WHERE shade = ${shade(r)} AND "orderNo" = ${code(r)}`,
      },
      {
        weight: 1,
        sql: (r) =>
          `UPDATE colours SET name = ${text(r)} WHERE (family, shade) = (${family(r)}, ${shade(r)})`,
      },
      {
        weight: 4,
        sql: (r) => `UPDATE "UserAccount" SET "fullName" = ${text(r)} WHERE "userId" = ${user(r)}`,
      },
      { weight: 3, sql: (r) => `UPDATE "UserAccount" SET "userId" = ${user(r)} WHERE "userId" = ${user(r)}` },
      { weight: 3, sql: (r) => `DELETE FROM "UserAccount" WHERE "userId" = ${user(r)}` },
      {
        weight: 4,
        sql: (r) => `INSERT INTO "UserAccount" VALUES (${user(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 5,
        sql: (r) =>
          `UPDATE "Line Item" SET "userId" = ${user(r)}, "select" = ${text(r)} WHERE "itemId" = ${item(r)}`,
      },
      {
        weight: 5,
        sql: (r) =>
          `INSERT INTO "Line Item" VALUES (${item(r)}, ${user(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 1, sql: () => 'TRUNCATE part_notes' },
    ],
  };
}
