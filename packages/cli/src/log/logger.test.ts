import { describe, expect, test } from 'vitest';
import { createLogger, type LogFormat } from './logger.ts';

const now = () => new Date('2026-01-02T03:04:05.006Z');

function logged(format: LogFormat): { lines: string[]; logger: ReturnType<typeof createLogger> } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ format, level: 'info', write: (line) => lines.push(line), now }) };
}

describe('log lines', () => {
  test('logfmt quotes what has blanks, quotes or nothing in it', () => {
    const { lines, logger } = logged('logfmt');
    logger.info('a "word"', { index: 'users', empty: '', ms: 3, gone: undefined, big: 5n });
    expect(lines).toEqual([
      'time=2026-01-02T03:04:05.006Z level=info msg="a \\"word\\"" index=users empty="" ms=3 big=5\n',
    ]);
  });

  test('a value cannot break out of its line', () => {
    const { lines, logger } = logged('logfmt');
    logger.warn('retry', { error: new Error('one\ntwo') });
    expect(lines.join('').split('\n')).toHaveLength(2);
  });

  test('JSON lines have the shape of pino', () => {
    const { lines, logger } = logged('json');
    logger.error('rejected', { id: '17', version: 2n });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 50, time: now().getTime(), msg: 'rejected', id: '17', version: '2' },
    ]);
  });

  test('what is below the level is not written', () => {
    const { lines, logger } = logged('json');
    logger.debug('detail');
    expect(lines).toEqual([]);
  });
});
