import type { Random } from '../random.ts';
import type { Area } from './area.ts';

/** Attaches a partition that is detached, and the other way round. */
const toggle = (root: string, leaf: string, bounds: string) => `
DO $$ BEGIN
  -- Another writer may be at it.
  LOCK TABLE ${root} IN ACCESS EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = '${leaf}'::regclass) THEN
    ALTER TABLE ${root} DETACH PARTITION ${leaf};
  ELSE
    ALTER TABLE ${root} ATTACH PARTITION ${leaf} ${bounds};
  END IF;
END $$`;

/** Partitioned roots and children whose rows move between partitions, and partitions that come and go. */
export function partitionsArea(): Area {
  const region = (random: Random) => random.pick(["'eu'", "'us'", "'ap'"]);
  const account = (random: Random) => random.between(1, 25);
  const note = (random: Random) => random.between(1, 90);
  const sensor = (random: Random) => random.between(1, 14);
  const day = (random: Random) => `date '2026-01-20' + ${random.below(35)}`;
  const slot = (random: Random) => random.between(1, 8);
  const text = (random: Random) => `'text ${random.below(1e6)}'`;
  return {
    tables: `
CREATE TABLE regional (region text NOT NULL, id integer NOT NULL, name text, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE regional_eu PARTITION OF regional FOR VALUES IN ('eu');
CREATE TABLE regional_us PARTITION OF regional FOR VALUES IN ('us');
CREATE TABLE regional_ap PARTITION OF regional FOR VALUES IN ('ap');
CREATE TABLE regional_notes (id integer PRIMARY KEY, region text, account_id integer, body text);
CREATE TABLE sensors (id integer PRIMARY KEY, name text);
CREATE TABLE readings (
  sensor_id integer REFERENCES sensors ON UPDATE CASCADE ON DELETE CASCADE,
  day date NOT NULL, slot integer NOT NULL, value integer, PRIMARY KEY (day, slot)
) PARTITION BY RANGE (day);
CREATE TABLE readings_01 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE readings_02 PARTITION OF readings FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (slot);
CREATE TABLE readings_02_odd PARTITION OF readings_02 FOR VALUES IN (1, 3, 5, 7);
CREATE TABLE readings_02_rest PARTITION OF readings_02 DEFAULT;
INSERT INTO regional SELECT r, n, r || ' ' || n FROM generate_series(1, 20) AS n, unnest(ARRAY['eu', 'us', 'ap']) AS r;
INSERT INTO regional_notes SELECT n, (ARRAY['eu', 'us', 'ap'])[1 + n % 3], 1 + n % 20, 'note ' || n FROM generate_series(1, 60) AS n;
INSERT INTO sensors SELECT n, 'sensor ' || n FROM generate_series(1, 12) AS n;
INSERT INTO readings SELECT 1 + (n + s) % 12, date '2026-01-25' + n, s, n * s FROM generate_series(0, 13) AS n, generate_series(1, 6) AS s;`,
    indexes: {
      regional: {
        schema: `
table: regional
fields:
  - keyword: region
  - text: name
  - has_many: notes
    table: regional_notes
    foreign_key: [region, account_id]
    fields:
      - integer: id
      - text: body`,
        expected: `
SELECT a.region || '|' || a.id AS id, jsonb_build_object('region', a.region, 'name', a.name, 'notes', (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'body', n.body) ORDER BY n.id), '[]')
  FROM regional_notes AS n WHERE n.region = a.region AND n.account_id = a.id
)) AS document FROM regional AS a`,
      },
      sensors: {
        schema: `
table: sensors
fields:
  - text: name
  - sum: total
    table: readings
    foreign_key: sensor_id
    column: value
    value_type: long
  - has_many: readings
    table: readings
    foreign_key: sensor_id
    fields:
      - date: day
      - integer: slot
      - integer: value`,
        expected: `
SELECT s.id, jsonb_build_object('name', s.name,
  'total', (SELECT sum(r.value) FROM readings AS r WHERE r.sensor_id = s.id),
  'readings', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('day', r.day, 'slot', r.slot, 'value', r.value) ORDER BY r.day, r.slot), '[]')
    FROM readings AS r WHERE r.sensor_id = s.id
  )
) AS document FROM sensors AS s`,
      },
    },
    followed: ['regional_notes', 'sensors'],
    operations: [
      {
        weight: 5,
        sql: (r) =>
          `UPDATE regional SET name = ${text(r)} WHERE region = ${region(r)} AND id = ${account(r)}`,
      },
      {
        weight: 5,
        sql: (r) =>
          `UPDATE regional SET region = ${region(r)} WHERE region = ${region(r)} AND id = ${account(r)}`,
      },
      { weight: 4, sql: (r) => `DELETE FROM regional WHERE region = ${region(r)} AND id = ${account(r)}` },
      {
        weight: 6,
        sql: (r) =>
          `INSERT INTO regional VALUES (${region(r)}, ${account(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      { weight: 2, sql: (r) => `UPDATE regional_ap SET name = ${text(r)} WHERE id = ${account(r)}` },
      {
        weight: 6,
        sql: (r) =>
          `UPDATE regional_notes SET region = ${region(r)}, account_id = ${account(r)} WHERE id = ${note(r)}`,
      },
      { weight: 3, sql: (r) => `DELETE FROM regional_notes WHERE id = ${note(r)}` },
      {
        weight: 5,
        sql: (r) =>
          `INSERT INTO regional_notes VALUES (${note(r)}, ${region(r)}, ${account(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 6,
        sql: (r) => `INSERT INTO readings VALUES (${sensor(r)}, ${day(r)}, ${slot(r)}, ${r.below(100)})
          ON CONFLICT (day, slot) DO UPDATE SET sensor_id = excluded.sensor_id, value = excluded.value`,
      },
      {
        weight: 5,
        sql: (r) =>
          `UPDATE readings SET day = ${day(r)}, slot = ${slot(r)} WHERE day = ${day(r)} AND slot = ${slot(r)}`,
      },
      { weight: 3, sql: (r) => `DELETE FROM readings WHERE day = ${day(r)}` },
      { weight: 3, sql: (r) => `UPDATE sensors SET id = ${sensor(r)} WHERE id = ${sensor(r)}` },
      { weight: 2, sql: (r) => `DELETE FROM sensors WHERE id = ${sensor(r)}` },
      {
        weight: 4,
        sql: (r) => `INSERT INTO sensors VALUES (${sensor(r)}, ${text(r)}) ON CONFLICT DO NOTHING`,
      },
      {
        weight: 1,
        sql: (r) => `TRUNCATE ${r.pick(['regional_us', 'readings_01', 'readings_02_odd', 'readings'])}`,
      },
      { weight: 1, sql: () => toggle('regional', 'regional_ap', "FOR VALUES IN ('ap')") },
      {
        weight: 1,
        sql: () => toggle('readings', 'readings_01', "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"),
      },
    ],
  };
}
