/**
 * JSON with every digit of its numbers. A number that a double holds is a number; any other is a
 * string that begins with `exactMark`, in one spelling for each value (`1.50` and `15e-1` are equal).
 */
export type ExactJson = null | boolean | number | string | ExactJson[] | { [key: string]: ExactJson };

const exactMark = '\u0001number ';
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Parses text whose form is known; the form itself is not checked. */
export function parseExactJson<Shape = ExactJson>(text: string): Shape {
  return JSON.parse(
    text.replaceAll(stringOrNumber, (token) => (token.startsWith('"') ? token : exact(token))),
  );
}

function exact(token: string): string {
  const value = spelled(token);
  const double = Number(token);
  return Number.isFinite(double) && spelled(String(double)) === value
    ? String(double + 0)
    : JSON.stringify(`${exactMark}${value}`);
}

/** One spelling for each value: all significant digits and a power of ten. */
function spelled(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`;
}
