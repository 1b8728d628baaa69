// `node scripts/fuzz/record-pgoutput.mjs`: makes pgoutput-corpus.json anew, from what a Postgres sends for
// rows of many kinds. Needs the build and `npm run test`'s servers.
import { writeFileSync } from 'node:fs';
import pg from 'pg';
import { startPostgres } from '../../packages/servers/dist/index.js';

const workload = `
  CREATE SCHEMA "odd ""schema";
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE TABLE plain (id bigint PRIMARY KEY, body text, ref int, m mood, b bytea, n numeric, at timestamptz);
  CREATE TABLE "odd ""schema"."Ünï ""table" ("a ""b" int PRIMARY KEY, "__proto__" text, "empty" text);
  CREATE TABLE whole (a int, b text, c text[]);
  CREATE TABLE toasted (id int PRIMARY KEY, big text, small text);
  CREATE TABLE indexed (x int NOT NULL UNIQUE, y text);
  CREATE TABLE leaf (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE leaf1 PARTITION OF leaf FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
  ALTER TABLE whole REPLICA IDENTITY FULL;
  ALTER TABLE indexed REPLICA IDENTITY USING INDEX indexed_x_key;
  ALTER TABLE toasted ALTER COLUMN big SET STORAGE EXTERNAL;
  CREATE PUBLICATION everything FOR ALL TABLES;
  SELECT pg_create_logical_replication_slot('recorded', 'pgoutput');
  INSERT INTO plain SELECT g, repeat('x', g), g % 3, 'ok', decode('dead', 'hex'), g / 7.0, now() FROM generate_series(1, 5) g;
  UPDATE plain SET body = NULL, m = NULL WHERE id = 2;
  UPDATE plain SET id = 20 WHERE id = 3;
  DELETE FROM plain WHERE id = 4;
  INSERT INTO "odd ""schema"."Ünï ""table" VALUES (1, 'line' || chr(10) || 'break', ''), (2, 'ünï😀', NULL);
  UPDATE "odd ""schema"."Ünï ""table" SET "__proto__" = 'other';
  INSERT INTO whole VALUES (1, NULL, '{a,b}'), (NULL, 'b', NULL);
  UPDATE whole SET a = 5 WHERE b IS NULL;
  DELETE FROM whole;
  INSERT INTO toasted VALUES (1, repeat('long', 3000), 's');
  UPDATE toasted SET small = 't';
  ALTER TABLE toasted REPLICA IDENTITY FULL;
  UPDATE toasted SET small = 'u';
  INSERT INTO indexed VALUES (1, 'a');
  UPDATE indexed SET x = 2;
  DELETE FROM indexed;
  INSERT INTO leaf VALUES (1, '2024-05-05');
  UPDATE leaf SET id = 2;
  SELECT pg_logical_emit_message(true, 'sluice:barrier', 'content');
  SELECT pg_logical_emit_message(false, 'other', '');
  ALTER TABLE plain ADD COLUMN added mood DEFAULT 'sad';
  INSERT INTO plain (id) VALUES (100);
  TRUNCATE plain, leaf RESTART IDENTITY CASCADE;
`;

const server = await startPostgres({ origins: ['container', 'embedded'] });
try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of workload.split(/;\n/).filter((text) => text.trim() !== '')) {
    await client.query(statement);
  }
  const { rows } = await client.query(
    `SELECT encode(data, 'base64') AS data FROM pg_logical_slot_get_binary_changes(
       'recorded', NULL, NULL, 'proto_version', '1', 'publication_names', 'everything', 'messages', 'true')`,
  );
  await client.end();
  const messages = [...new Set(rows.map(({ data }) => data.replaceAll('\n', '')))];
  const file = new URL('pgoutput-corpus.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify({ server: server.version, messages }, null, 2)}\n`);
  process.stdout.write(`${messages.length} messages of Postgres ${server.version}\n`);
} finally {
  await server.stop();
}
