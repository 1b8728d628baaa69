import { visibleText } from '@sluice/core';
import { withoutSecrets } from '../output/hidden-secrets.ts';

/** How often the view is drawn, in ms. */
const frameEvery = 200;

/** For terminals that do not say. */
const defaultWidth = 80;

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearBelow = '\u001b[J';

export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

/**
 * Redraws a few lines in place until disposed; what is printed in between goes above them. On
 * disposal the last state stays on the screen.
 */
export function liveScreen(
  terminal: Terminal,
  render: (width: number) => readonly string[],
): Disposable & { readonly print: (text: string) => void } {
  let drawn = 0;
  const up = () => (drawn === 0 ? '\r' : `\u001b[${drawn}F`);
  const draw = () => {
    const lines = render((terminal.columns || defaultWidth) - 1);
    terminal.write(`${up()}${clearBelow}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  terminal.write(hideCursor);
  draw();
  const timer = setInterval(draw, frameEvery);
  return {
    print: (text) => {
      terminal.write(`${up()}${clearBelow}${visibleText(withoutSecrets(text))}\n`);
      drawn = 0;
      draw();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      draw();
      terminal.write(showCursor);
    },
  };
}
