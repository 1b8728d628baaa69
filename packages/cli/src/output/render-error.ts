import type { ErrorDescription } from './describe-error.ts';
import type { Palette } from './palette.ts';

/**
 * An error as people read it: what happened, where, what to do, and the code to look up.
 *
 * ```text
 * error: The slot "sluice" is held by another process.
 *   Stop the other one, or give this one another `slot`.
 *   SLUICE_CAPTURE_IN_USE
 * ```
 *
 * Problems in the user's files come with their own report, which shows the lines.
 */
export function renderError(error: ErrorDescription, palette: Palette): string {
  if (error.several !== undefined) {
    return error.several.map((problem) => renderError(problem, palette)).join('\n\n');
  }
  if (error.report !== undefined) return `${error.report}\n\n${palette.bad('error:')} ${count(error)}`;
  const [first = '', ...rest] = error.message.split('\n');
  const lines = [`${palette.bad('error:')} ${palette.strong(first)}`, ...rest];
  if (error.location !== undefined) {
    const { file, line, column } = error.location;
    lines.push(`  at ${palette.name(`${file}:${line}:${column}`)}`);
  }
  if (error.hint !== undefined) lines.push(...error.hint.split('\n').map((line) => `  ${line}`));
  lines.push(`  ${palette.faint(error.code)}`);
  return lines.join('\n');
}

function count(error: ErrorDescription): string {
  return error.errors.length === 1 ? '1 problem' : `${error.errors.length} problems`;
}
