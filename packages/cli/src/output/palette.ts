/** Colours by meaning. Every function returns its text as it is when colour is off. */
export interface Palette {
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly note: (text: string) => string;
  readonly name: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const plain = (text: string) => text;
const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;

const colourless: Palette = {
  bad: plain,
  good: plain,
  note: plain,
  name: plain,
  strong: plain,
  faint: plain,
};

const coloured: Palette = {
  bad: sgr(31, 39),
  good: sgr(32, 39),
  note: sgr(33, 39),
  name: sgr(36, 39),
  strong: sgr(1, 22),
  faint: sgr(2, 22),
};

/** Colour on a terminal only; `NO_COLOR` (any value) turns it off, `FORCE_COLOR` on. */
export function paletteFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Palette {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return colourless;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return coloured;
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? coloured : colourless;
}
