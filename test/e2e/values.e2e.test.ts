import { beforeAll, describe, expect, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start(await loadFixture('values'));
  return () => deployment[Symbol.asyncDispose]();
});

/** Each statement sets one row to something that is hard to carry. */
const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  numbers: {
    'at the ends of their types': `
      INSERT INTO scalars (id, i2, i4, i8, f4, f8, n) VALUES
        (101, -32768, -2147483648, -9223372036854775808, -3.4028235e38, -1.7976931348623157e308, -1e100),
        (102, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308, 1e100),
        (103, 0, 0, 9007199254740993, 1.1754944e-38, 2.2250738585072014e-308, 0)`,
    'with more digits than a double holds': `
      INSERT INTO scalars (id, n) VALUES
        (104, 123456789012345678901234567890.123456789012345678901234567890),
        (105, 0.1000000000000000000000000000000000001),
        (106, -79228162514264337593543950335.5)`,
    'that JSON has no word for are null': `
      INSERT INTO scalars (id, f4, f8, n) VALUES
        (107, 'NaN', 'NaN', 'NaN'), (108, 'Infinity', 'Infinity', 0), (109, '-Infinity', '-Infinity', 0);
      -- Numerics know infinity since Postgres 14.
      UPDATE scalars SET n = (CASE WHEN current_setting('server_version_num')::integer >= 140000
        THEN f8::text ELSE 'NaN' END)::numeric WHERE id IN (108, 109)`,
    'of money': "INSERT INTO scalars (id, m) VALUES (110, '$92,233,720,368,547,758.07'), (111, '-$0.01')",
  },
  texts: {
    'of every script, with quotes and controls': `
      INSERT INTO scalars (id, t, v, c) VALUES
        (121, E'line\\nbreak \\t tab \\r return \\b \\f \\x01 \\x1f \\x7f', 'a"b\\c/d', 'x'),
        (122, '漢字 العربية 😀 é é ﷽', '\\u0041 is not A', 'é'),
        (123, '', '', ''),
        (124, '</script>&amp;', '{"json": true}', 'null')`,
    'as long as a book':
      "INSERT INTO scalars (id, t) SELECT 125, string_agg('word ' || n, ' ') FROM generate_series(1, 60000) AS n",
  },
  times: {
    'with and without zone, to the microsecond': `
      INSERT INTO scalars (id, d, ts, tz) VALUES
        (131, '2024-02-29', '2026-03-29 02:30:00.000001', '2026-03-29 02:30:00.999999+05:45'),
        (132, '0001-01-01', '0001-01-01 00:00:00', '0001-01-02 00:00:00+00'),
        (133, '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00')`,
    'out of the range of dates are null': `
      INSERT INTO scalars (id, d, ts, tz) VALUES
        (134, 'infinity', '-infinity', 'infinity'),
        (135, '0044-03-15 BC', '0044-03-15 00:00:00 BC', '0044-03-15 00:00:00+00 BC'),
        (136, '10000-01-01', '10000-01-01 00:00:00', '10000-01-01 00:00:00+00')`,
  },
  bytes: {
    'of every value': `
      INSERT INTO scalars (id, b) SELECT 141, string_agg(decode(lpad(to_hex(n), 2, '0'), 'hex'), '' ORDER BY n)
      FROM generate_series(0, 255) AS n`,
    'of none and of one': "INSERT INTO scalars (id, b) VALUES (142, ''), (143, '\\x00')",
  },
  json: {
    'with line breaks between its tokens': `
      INSERT INTO scalars (id, j, jb) VALUES (151, E'{\\n  "a": 1,\\r\\n  "b": [1,\\n 2]\\n}', '{"a": 1}')`,
    'with escapes, scripts and big numbers': `
      INSERT INTO scalars (id, j, jb) VALUES
        (152, '{"text": "line\\nbreak \\u00fc \\"q\\" 😀", "number": 12345678901234567890.12345678901234567890}',
              '{"text": "line\\nbreak \\u00fc \\"q\\" 😀", "number": 12345678901234567890.12345678901234567890}')`,
    'that is empty, nested or null inside': `
      INSERT INTO scalars (id, j, jb) VALUES
        (153, '{}', '{"deep": {"deeper": [{"deepest": null}, {"deepest": "x"}]}, "nothing": null}'),
        (154, 'null', 'null')`,
  },
  'other types': {
    'are what their cast says': `
      INSERT INTO scalars (id, u, o, e, ip, tm) VALUES
        (161, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', true, 'so so', '10.0.0.1', '23:59:59.999999'),
        (162, '00000000-0000-0000-0000-000000000000', false, 'it''s', 'fe80::1', '00:00')`,
    'in arrays, with NULLs, quotes and none': `
      INSERT INTO scalars (id, ts_array, i_array, d_array) VALUES
        (163, ARRAY['a', NULL, 'b,"c"', '{}', E'x\\ny'], ARRAY[1, NULL, 9223372036854775807], ARRAY[date '2026-01-01', NULL]),
        (164, '{}', '{}', '{}')`,
  },
  'a row of NULLs': {
    'is inserted': 'INSERT INTO scalars (id) VALUES (171)',
    'gets values':
      "UPDATE scalars SET t = 't', n = 1, j = '{}', e = 'sad', b = 'x', ts_array = '{a}' WHERE id = 171",
    'loses them again':
      'UPDATE scalars SET t = NULL, n = NULL, j = NULL, e = NULL, b = NULL, ts_array = NULL WHERE id = 171',
  },
  'a place': {
    'is given in every way': `
      INSERT INTO places (id, lat, lon, p, pj, pt) VALUES
        (101, 41.12, -71.34, point(-71.34, 41.12), '{"lat": 41.12, "lon": -71.34}', '41.12,-71.34'),
        (102, -90, 180, point(180, -90), '{"type": "Point", "coordinates": [180, -90]}', 'POINT (180 -90)')`,
    'lacks a coordinate': `
      INSERT INTO places (id, lat, lon, pj) VALUES (103, 1, NULL, '{"lat": 1}'), (104, NULL, 2, '{"lat": null, "lon": 2}')`,
    moves: 'UPDATE places SET lat = lat + 1, p = point(1, 2) WHERE id = 101',
  },
  'a map': {
    'has keys that nobody knew': `
      INSERT INTO places (id, names, counts) VALUES
        (111, '{"en": "Vienna", "de": "Wien", "x-ü": "😀"}', '{"a": 1, "b": 9007199254740993}')`,
    'is no object': `INSERT INTO places (id, names, counts) VALUES (112, '[1]', '"text"'), (113, 'null', '{}')`,
  },
  'defaults and transforms': {
    'take the place of NULL': 'INSERT INTO places (id) VALUES (121)',
    'leave what is there':
      "INSERT INTO places (id, kind, rank, open, code) VALUES (122, 'park', 1, false, 'X-1')",
    'trim and lower': "INSERT INTO places (id, kind, code) VALUES (123, E' \\t Ä Park \\n', '  MiXeD-Ünï  ')",
    'of what is empty': "INSERT INTO places (id, kind, code) VALUES (124, '', '   ')",
  },
};

describe.each(Object.entries(cases))('%s', (_what, variants) => {
  test.each(Object.entries(variants))('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

test('an enum is sorted by the rank of its variants, unknown values last', async () => {
  await expectChange(
    deployment,
    `INSERT INTO places (id, size, kind) VALUES
       (201, 'large', 'sorted'), (202, 'small', 'sorted'), (203, 'gigantic', 'sorted'), (204, 'medium', 'sorted')`,
  );
  const { client, prefix } = deployment.search;
  const { body } = await client.search({
    index: `${prefix}places`,
    body: { query: { term: { kind: 'sorted' } }, sort: ['size.sort'] },
  });
  expect(body.hits.hits.map(({ _id }) => _id)).toEqual(['202', '204', '201', '203']);
});
