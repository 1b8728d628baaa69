import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { liveScreen } from './screen.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Enough of a terminal to see what a person would: cursor up, clear below, line feeds. */
function terminal() {
  const lines: string[] = [];
  let row = 0;
  const write = (text: string) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's control sequences
    for (const [token] of text.matchAll(/\u001b\[(\d*)F|\u001b\[J|\u001b\[\?25[lh]|\r|\n|[^\u001b\r\n]+/g)) {
      const up = /\[(\d*)F$/.exec(token);
      if (up !== null) row -= Number(up[1]);
      else if (token.endsWith('[J')) lines.length = row;
      else if (token === '\n') row += 1;
      else if (!token.startsWith('\u001b') && token !== '\r') lines[row] = token;
    }
  };
  return { write, lines };
}

test('redraws its lines in place, and keeps what is printed above them', () => {
  const { write, lines } = terminal();
  let count = 0;
  const screen = liveScreen({ write }, () => [`count ${count}`, 'second line']);
  expect(lines).toEqual(['count 0', 'second line']);
  count = 1;
  vi.advanceTimersByTime(1_000);
  expect(lines).toEqual(['count 1', 'second line']);
  screen.print('an event');
  count = 2;
  screen[Symbol.dispose]();
  expect(lines).toEqual(['an event', 'count 2', 'second line']);
});

test('a terminal that does not know its width gets one that is usual', () => {
  const widths: number[] = [];
  const { write } = terminal();
  const render = (width: number) => {
    widths.push(width);
    return [''];
  };
  liveScreen({ write, columns: 0 }, render)[Symbol.dispose]();
  liveScreen({ write, columns: 120 }, render)[Symbol.dispose]();
  expect(new Set(widths)).toEqual(new Set([79, 119]));
});
