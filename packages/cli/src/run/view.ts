import { visibleText } from '@sluice/core';
import { withoutSecrets } from '../output/hidden-secrets.ts';
import type { Palette } from '../output/palette.ts';
import { formatCount, formatDuration } from '../output/units.ts';
import type { FillProgress, ProgressSnapshot } from './progress.ts';

const barWidth = 24;

/**
 * The live view's lines for one moment, without colour wider than `width`.
 *
 * ```text
 * sluice  backfilling  12 s
 *   customers → search  ██████████░░░░░░░░░░░░░░  42%  8,400 of 20,000  2,100/s  6 s left
 *   18,200 documents written, 12 deleted, 2,140/s; commit to durable 7 ms
 * ```
 */
export function renderView(state: ProgressSnapshot, palette: Palette, width: number): readonly string[] {
  const phase = state.phase === 'live' ? palette.good(state.phase) : palette.note(state.phase);
  const lines = [
    `${palette.strong('sluice')}  ${phase}  ${palette.faint(formatDuration(state.elapsed))}`,
    ...state.fills.map((fill) => `  ${fitted(fillLine(fill), width - 2)}`),
    `  ${fitted(countsLine(state), width - 2)}`,
  ];
  for (const { name, attempt, reason } of state.waiting) {
    lines.push(palette.bad(`  ${fitted(`waiting for ${name} (attempt ${attempt}): ${reason}`, width - 2)}`));
  }
  if (state.warning !== null) {
    const { message, hint = '' } = state.warning;
    const told = [...wrapped(`warning: ${message}`, width - 2), ...wrapped(hint, width - 4).map(indented)];
    lines.push(...told.map((line) => palette.note(`  ${line}`)));
  }
  return lines;
}

function fillLine({ index, sink, kind, rows, total, done, perSecond, timeLeft }: FillProgress): string {
  const name = `${index} → ${sink}`;
  if (done) return `${name}  ${kind === 'backfill' ? 'filled' : 'reconciled'}, ${formatCount(rows)} rows`;
  const share = total > 0 ? Math.min(1, rows / total) : 0;
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const left = timeLeft === null ? '' : `  ${formatDuration(timeLeft)} left`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${name}  ${bar} ${percent}  ${formatCount(rows)} of ${formatCount(total)}  ${formatCount(perSecond)}/s${left}`;
}

function countsLine({
  written,
  deleted,
  rejected,
  deadLetters,
  perSecond,
  latency,
}: ProgressSnapshot): string {
  const parts = [
    `${formatCount(written)} documents written`,
    ...(deleted > 0 ? [`${formatCount(deleted)} deleted`] : []),
    ...(rejected > 0 ? [`${formatCount(rejected)} rejected`] : []),
    ...(deadLetters > 0 ? [`${formatCount(deadLetters)} dead letters`] : []),
    `${formatCount(perSecond)}/s`,
  ].join(', ');
  return latency === null ? parts : `${parts}; commit to durable ${formatDuration(latency)}`;
}

/** Whole text in lines of at most `width`, broken at blanks where there are any; no line for no text. */
function wrapped(text: string, width: number): readonly string[] {
  const room = Math.max(1, width);
  return visibleText(withoutSecrets(text))
    .split('\n')
    .flatMap((line) => {
      const lines: string[] = [];
      let rest = line;
      while (rest.length > room) {
        const blank = rest.lastIndexOf(' ', room);
        const end = blank > 0 ? blank : room;
        lines.push(rest.slice(0, end));
        rest = rest.slice(blank > 0 ? end + 1 : end);
      }
      return rest === '' ? lines : [...lines, rest];
    });
}

function indented(line: string): string {
  return `  ${line}`;
}

function fitted(line: string, width: number): string {
  const [first = ''] = visibleText(withoutSecrets(line)).split('\n');
  return first.length <= width ? first : `${first.slice(0, Math.max(0, width - 1))}…`;
}
