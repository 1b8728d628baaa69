import type { FileDiagnostic } from '../errors/index.ts';
import { SluiceError } from '../errors/index.ts';
import { visibleText } from '../visible-text.ts';

/** The text of each file that a diagnostic may name; a file that is not in it gets no frame. */
export type SourceTexts = ReadonlyMap<string, string>;

export interface FormatOptions {
  /** Hides secrets in message and hint. */
  readonly redact?: (text: string) => string;
  /** Hides secrets in a line of a frame, keeping its length so that the carets still fit. */
  readonly mask?: (line: string) => string;
}

/** By file, place, and errors before warnings; the same thing said twice is kept once. */
export function sortDiagnostics(diagnostics: readonly FileDiagnostic[]): readonly FileDiagnostic[] {
  const unique = new Map<string, FileDiagnostic>();
  for (const diagnostic of diagnostics) {
    const { file, line, column } = diagnostic.location;
    unique.set(`${file}\n${line}:${column}\n${diagnostic.code}\n${diagnostic.message}`, diagnostic);
  }
  return [...unique.values()].sort(
    (a, b) =>
      compareText(a.location.file, b.location.file) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column ||
      compareText(a.severity, b.severity),
  );
}

/**
 * Diagnostics as people read them, sorted, all at once:
 *
 * ```text
 * sluice.yaml:2:3 error SLUICE_CONFIG_INVALID: `source` has no key `conection`.
 *   1 | source:
 * > 2 |   conection: ${DATABASE_URL}
 *     |   ^^^^^^^^^
 *   hint: Did you mean `connection`?
 * ```
 */
export function formatDiagnostics(
  diagnostics: readonly FileDiagnostic[],
  sources: SourceTexts,
  options: FormatOptions = {},
): string {
  // Split once: a large file may hold many mistakes.
  const lines = new Map([...sources].map(([file, text]) => [file, text.split(/\r?\n/)]));
  return sortDiagnostics(diagnostics)
    .map((diagnostic) => formatDiagnostic(diagnostic, lines, options))
    .join('\n\n');
}

/**
 * One error that carries all of them: code, message, hint and location are those of the first
 * error; `report` is the text with frames. `diagnostics` must hold an error.
 */
export function diagnosticsError(
  diagnostics: readonly FileDiagnostic[],
  sources: SourceTexts,
  options: FormatOptions = {},
): SluiceError {
  const redact = options.redact ?? unchanged;
  const sorted = sortDiagnostics(diagnostics).map((diagnostic) => ({
    ...diagnostic,
    message: redact(diagnostic.message),
    hint: diagnostic.hint === undefined ? undefined : redact(diagnostic.hint),
  }));
  const first = sorted.find((diagnostic) => diagnostic.severity === 'error') ?? sorted[0];
  if (first === undefined) throw new SluiceError('SLUICE_INTERNAL', 'An error was made of no diagnostics.');
  const others = sorted.filter((diagnostic) => diagnostic.severity === 'error').length - 1;
  const more = others < 1 ? '' : ` (and ${others} more ${others === 1 ? 'problem' : 'problems'})`;
  return new SluiceError(first.code, `${first.message}${more}`, {
    hint: first.hint,
    location: first.location,
    diagnostics: sorted,
    report: formatDiagnostics(sorted, sources, options),
  });
}

function formatDiagnostic(
  diagnostic: FileDiagnostic,
  sources: ReadonlyMap<string, readonly string[]>,
  { redact = unchanged, mask = unchanged }: FormatOptions,
): string {
  const { file, line, column } = diagnostic.location;
  const head = `${file}:${line}:${column} ${diagnostic.severity} ${diagnostic.code}: ${redact(diagnostic.message)}`;
  const frame = formatFrame(diagnostic, sources.get(file), mask);
  const hint = diagnostic.hint === undefined ? [] : [`  hint: ${redact(diagnostic.hint)}`];
  return [head, ...frame, ...hint].join('\n');
}

function formatFrame(
  { location }: FileDiagnostic,
  lines: readonly string[] | undefined,
  mask: (line: string) => string,
): string[] {
  const marked = lines?.[location.line - 1];
  if (lines === undefined || marked === undefined) return [];
  const width = String(location.line).length;
  const row = (number: number, content: string): string =>
    `${number === location.line ? '>' : ' '} ${String(number).padStart(width)} | ${printable(mask(content))}`.trimEnd();
  const before = lines[location.line - 2];
  // Tabs before the place stay tabs, so that the carets stand under it at any tab width.
  const indent = marked.slice(0, location.column - 1).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, location.length ?? 1));
  return [
    ...(before === undefined ? [] : [row(location.line - 1, before)]),
    row(location.line, marked),
    `  ${' '.repeat(width)} | ${indent}${carets}`,
  ];
}

/** A file must not be able to send control sequences to the terminal; carets stand by columns. */
function printable(line: string): string {
  return visibleText(line).length === line.length ? line : Array.from(line, shown).join('');
}

function shown(character: string): string {
  return visibleText(character) === character ? character : '\ufffd';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unchanged(text: string): string {
  return text;
}
