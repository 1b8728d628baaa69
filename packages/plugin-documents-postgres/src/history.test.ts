import { describe, expect, it } from 'vitest';
import { historyError, historyProblem, parseSnapshot } from './history.ts';

describe('an answer', () => {
  it('says its snapshot', () => {
    expect(parseSnapshot('1234|0000000A|off')).toEqual({
      version: 1234n,
      timeline: '0000000A',
      rowSecurity: 'off',
    });
    expect(() => parseSnapshot('1234')).toThrow('"1234"');
  });

  it.each([
    ['1|00000001|off', '00000001', null],
    ['1|00000001|off', null, null],
    ['1||off', null, 'recovery'],
    ['1|00000002|off', '00000001', 'timeline 00000002, not 00000001'],
    ['1|00000001|on', '00000001', 'row_security is on'],
  ])('%s while following %s: %s', (text, timeline, problem) => {
    const found = historyProblem(parseSnapshot(text), timeline);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });

  it('that must be thrown away is an error that names why', () => {
    expect(historyError('it came from a standby')).toMatchObject({
      code: 'SLUICE_SOURCE_HISTORY_CHANGED',
      message: expect.stringContaining('it came from a standby'),
    });
  });
});
