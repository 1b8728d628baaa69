import { describe, expect, it } from 'vitest';
import { analyseRaw } from './raw-sql.ts';

function analysed(sql: string) {
  const result = analyseRaw(sql);
  if (!result.ok) throw new Error(result.reason);
  return { names: [...result.condition.names], calls: result.condition.calls };
}

describe('a raw condition', () => {
  it('folds names as Postgres does, and keeps quoted ones', () => {
    expect(analysed('Age > 1 AND "fullName" = \'Age\' AND users.Email IS NULL')).toEqual({
      names: ['age', 'and', 'fullName', 'email', 'is', 'null'],
      calls: [],
    });
  });

  it('tells calls from words that stand before parentheses', () => {
    expect(
      analysed('lower(a) IN (b) AND app."Do It"(c) AND (d) = ANY (e) AND coalesce(f) > 1').calls,
    ).toEqual([
      { schema: null, name: 'lower' },
      { schema: 'app', name: 'Do It' },
    ]);
  });

  it.each([
    ['a = 1;', 'a ;'],
    ['a = 1 -- x', 'a comment'],
    ['a = 1 /* x */', 'a comment'],
    ['a = $1', 'a $'],
    ['a = $$x$$', 'a $'],
    ["a = E'\\156ow'", 'text with escapes'],
    ["a = U&'\\006eow'", 'text with escapes'],
    ['a = (1', 'parentheses'],
    ['a = 1) OR (1 = 1', 'parentheses'],
    ['a = (SELECT 1)', 'select reads other rows'],
    ['EXISTS (TABLE x)', 'table reads other rows'],
    ['a < CURRENT_TIMESTAMP', 'current_timestamp changes with time'],
    ['a = current_user', 'current_user depends on who asks'],
    ["a > ' Today '", 'can mean the present'],
    ["a > 'yesterday 10:00'", 'can mean the present'],
    ['a OPERATOR(public.+) 1 > 0', 'operator may name'],
    ['users.* IS NOT NULL', 'users.* reads every column'],
    ["a = 'x", 'is not understood'],
    ['', 'empty'],
  ])('%j is refused', (sql, reason) => {
    expect(analyseRaw(sql)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it('may have a column whose name is a word of the present in a text of its own', () => {
    expect(analysed(`state = 'nowhere' AND "current_date" > 1`).names).toContain('current_date');
  });
});
