/**
 * JSON text that is printed as it is: a document from Postgres, whose numbers have more digits than
 * a JavaScript number keeps.
 */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * JSON text set in lines for reading, two blanks per level; every token stays as it was written.
 *
 * @param text valid JSON
 */
export function indentJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g) ?? [];
  let depth = 0;
  let out = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [at, token] of tokens.entries()) {
    const opens = token === '{' || token === '[';
    const closes = token === '}' || token === ']';
    const before = tokens[at - 1];
    if (closes) {
      depth -= 1;
      out += before === '{' || before === '[' ? token : `${line()}${token}`;
      continue;
    }
    if (before === '{' || before === '[' || before === ',') out += line();
    out += token === ':' ? ': ' : token;
    if (opens) depth += 1;
  }
  return out;
}
