import type { CatalogColumn } from '@sluice/postgres';
import { expect, test } from 'vitest';
import { type CapturedTable, captureFunction } from './capture-function.ts';
import { captureNames } from './names.ts';

const names = captureNames('sluice');

function column(name: string, type: string, kind: CatalogColumn['type']['kind'] = 'base'): CatalogColumn {
  return {
    name,
    type: { schema: 'pg_catalog', name: type, labels: null, kind, operatorSchema: 'pg_catalog' },
    array: false,
    nullable: true,
    generated: null,
    deterministic: true,
    readable: true,
  };
}

const items: CapturedTable = {
  src: 2,
  function: 'cap_2',
  mode: 'row',
  columns: [column('id', 'int8'), column('Order "No"', 'uuid')],
  watched: [
    column('id', 'int8'),
    column('title', 'text'),
    column('price', 'numeric'),
    column('pages', 'int4'),
  ],
  wakes: true,
};

test('a function for row triggers: key and links first, then cheap columns, then printed ones', () => {
  expect(captureFunction(names, items).create).toMatchInlineSnapshot(`
    "CREATE OR REPLACE FUNCTION "sluice"."cap_2"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp
    AS $sluice$
    DECLARE
      v_op "char";
      v_rows jsonb;
    BEGIN
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          IF OLD."id" IS DISTINCT FROM NEW."id"
            OR OLD."Order ""No""" IS DISTINCT FROM NEW."Order ""No""" THEN
            v_rows := jsonb_build_array(jsonb_build_array(OLD."id"::text, OLD."Order ""No"""::text), jsonb_build_array(NEW."id"::text, NEW."Order ""No"""::text));
          ELSIF OLD."pages" IS DISTINCT FROM NEW."pages"
            OR OLD."title" COLLATE "C" IS DISTINCT FROM NEW."title" COLLATE "C"
            OR OLD."price"::text COLLATE "C" IS DISTINCT FROM NEW."price"::text COLLATE "C" THEN
            v_rows := jsonb_build_array(jsonb_build_array(NEW."id"::text, NEW."Order ""No"""::text));
          ELSE RETURN NULL; END IF;
          v_op := 'u';
        ELSIF TG_OP = 'INSERT' THEN
          v_rows := jsonb_build_array(jsonb_build_array(NEW."id"::text, NEW."Order ""No"""::text));
          v_op := 'i';
        ELSIF TG_OP = 'DELETE' THEN
          v_rows := jsonb_build_array(jsonb_build_array(OLD."id"::text, OLD."Order ""No"""::text));
          v_op := 'd';
        ELSE
          v_op := CASE WHEN TG_NARGS > 0 THEN 'p' ELSE 't' END;
        END IF;
      EXCEPTION WHEN OTHERS THEN
        v_op := 'r';
        v_rows := jsonb_build_array(jsonb_build_array(SQLSTATE, left(SQLERRM, 200)));
      END;
      INSERT INTO "sluice"."outbox" (src, op, rows) VALUES (2, v_op, v_rows);
      IF NOT (CASE WHEN pg_try_advisory_lock_shared(770001, 178936424) THEN pg_advisory_unlock_shared(770001, 178936424) ELSE false END) THEN
        PERFORM pg_notify('sluice', '');
      END IF;
      RETURN NULL;
    END
    $sluice$"
  `);
});

test('a function for statement triggers counts old rows against new ones', () => {
  expect(captureFunction(names, { ...items, mode: 'statement', wakes: false }).create).toMatchInlineSnapshot(`
    "CREATE OR REPLACE FUNCTION "sluice"."cap_2"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
      SET search_path = pg_catalog, pg_temp SET jit = 'off'
    AS $sluice$
    DECLARE
      v_op "char";
      v_chunks jsonb[];
    BEGIN
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          v_op := 'u';
          SELECT array_agg(j) INTO v_chunks FROM (
            SELECT jsonb_agg(q.tuple) AS j
            FROM (SELECT tuple, (row_number() OVER () - 1) / 500 AS chunk FROM (SELECT jsonb_build_array(c0::text, c1::text) AS tuple FROM (
              SELECT r."id" AS c0, r."Order ""No""" AS c1, ROW(r."title"::text, r."price"::text, r."pages")::text COLLATE "C" AS image, 1 AS sign FROM sluice_old AS r UNION ALL SELECT r."id" AS c0, r."Order ""No""" AS c1, ROW(r."title"::text, r."price"::text, r."pages")::text COLLATE "C" AS image, -1 AS sign FROM sluice_new AS r) AS u
              GROUP BY c0, c1 HAVING sum(sign) <> 0 OR min(image) <> max(image)) AS t) AS q
            GROUP BY q.chunk) AS x;
        ELSIF TG_OP = 'INSERT' THEN
          v_op := 'i';
          SELECT array_agg(j) INTO v_chunks FROM (
            SELECT jsonb_agg(q.tuple) AS j
            FROM (SELECT tuple, (row_number() OVER () - 1) / 500 AS chunk FROM (SELECT jsonb_build_array(r."id"::text, r."Order ""No"""::text) AS tuple FROM sluice_new AS r) AS t) AS q
            GROUP BY q.chunk) AS x;
        ELSIF TG_OP = 'DELETE' THEN
          v_op := 'd';
          SELECT array_agg(j) INTO v_chunks FROM (
            SELECT jsonb_agg(q.tuple) AS j
            FROM (SELECT tuple, (row_number() OVER () - 1) / 500 AS chunk FROM (SELECT jsonb_build_array(r."id"::text, r."Order ""No"""::text) AS tuple FROM sluice_old AS r) AS t) AS q
            GROUP BY q.chunk) AS x;
        ELSE
          v_op := CASE WHEN TG_NARGS > 0 THEN 'p' ELSE 't' END;
          v_chunks := ARRAY[NULL::jsonb];
        END IF;
      EXCEPTION WHEN OTHERS THEN
        v_op := 'r';
        v_chunks := ARRAY[jsonb_build_array(jsonb_build_array(SQLSTATE, left(SQLERRM, 200)))];
      END;
      IF v_chunks IS NULL THEN RETURN NULL; END IF;
      INSERT INTO "sluice"."outbox" (src, op, rows) SELECT 2, v_op, c FROM unnest(v_chunks) AS c;
      RETURN NULL;
    END
    $sluice$"
  `);
});

test('settings are pinned only where a type prints by them', () => {
  const settings = (...types: string[]) =>
    captureFunction(names, { ...items, columns: types.map((type) => column(type, type)), watched: [] })
      .config;
  expect(settings('int4', 'text', 'uuid')).toEqual(['search_path=pg_catalog, pg_temp']);
  expect(settings('timestamptz')).toEqual([
    'DateStyle=ISO, YMD',
    'TimeZone=UTC',
    'search_path=pg_catalog, pg_temp',
  ]);
  expect(settings('int4range')).toHaveLength(7);
});

test('a column that is compared by its text is compared with all its digits', () => {
  const { config } = captureFunction(names, { ...items, watched: [column('ratio', 'float8')] });
  expect(config).toContain('extra_float_digits=1');
});
