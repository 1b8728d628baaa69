import {
  type DifferenceCounts,
  type DifferenceKind,
  differenceKinds,
  isEqual,
  type ListedDifference,
  type Verification,
} from '@sluice/core/engine';
import type { Palette } from '../output/palette.ts';
import { formatCount, formatDuration } from '../output/units.ts';
import { describeSample } from './sample.ts';

/** Documents shown one by one; all that are listed come with --json. */
const mostShown = 20;

const words: Readonly<Record<DifferenceKind, string>> = {
  missing: 'missing',
  extra: 'extra',
  stale: 'stale',
  type: 'of a wrong type',
  different: 'different',
  future: 'from the future',
  unbuildable: 'unbuildable',
  unsettled: 'unsettled',
};

/** What was found of one generation, for people. */
export function renderVerification(found: Verification, palette: Palette): string {
  const head = `${palette.name(found.index)} in ${found.sink}, generation ${found.generation}${found.promoted ? '' : ' (not searched)'}`;
  const wrong = countsByKind(found.counts);
  const verdict = isEqual(found)
    ? palette.good(wrong.length === 0 && found.repaired > 0 ? 'equal again' : 'equal')
    : palette.bad(
        [...found.problems.filter(({ repaired }) => !repaired).map(({ kind }) => kind), ...wrong].join(', '),
      );
  const { deadLetters, skipped } = found.exceptions;
  const lines = [
    `${head}: ${verdict}`,
    `  ${formatCount(found.compared)} documents compared, ${formatCount(found.listed)} looked up, in ${formatDuration(found.durationMs)}`,
    ...(found.repaired > 0
      ? [
          `  ${formatCount(found.repaired)} ${found.repaired === 1 ? 'was wrong and is' : 'were wrong and are'} mended: ${countsByKind(found.repairedCounts).join(', ')}`,
        ]
      : []),
    ...(deadLetters > 0
      ? [
          `  ${formatCount(deadLetters)} dead ${deadLetters === 1 ? 'letter' : 'letters'} (\`sluice dead-letters list ${found.index}\`)`,
        ]
      : []),
    ...(skipped > 0 ? [`  ${formatCount(skipped)} skipped by the policy of the index`] : []),
    ...(found.sample === null ? [] : [`  ${describeSample({ ...found, rows: found.sample.rows })}`]),
    ...found.notes.map((note) => `  ${palette.note('note:')} ${note}`),
    ...found.problems.map(
      ({ message, repaired }) => `  ${repaired ? palette.good('mended:') : palette.bad('wrong:')} ${message}`,
    ),
    ...found.differences.slice(0, mostShown).flatMap((each) => renderDifference(each, palette)),
  ];
  const more = wrongIn(found) + found.repaired - Math.min(found.differences.length, mostShown);
  return [
    ...lines,
    ...(more > 0 ? [`  … and ${formatCount(more)} more (--json lists the first 1,000)`] : []),
  ].join('\n');
}

function countsByKind(counts: DifferenceCounts): readonly string[] {
  return differenceKinds.flatMap((kind) =>
    counts[kind] === 0 ? [] : [`${formatCount(counts[kind])} ${words[kind]}`],
  );
}

function wrongIn({ counts }: Verification): number {
  return differenceKinds.reduce((sum, kind) => sum + counts[kind], 0);
}

function renderDifference(difference: ListedDifference, palette: Palette): readonly string[] {
  const { kind, id, routing, key, heldVersion, version, fields, reason, mended } = difference;
  const place = routing === null ? id : `${id} (routing ${routing})`;
  const own = key.length > 0 && key.join(' ') !== id ? `, key ${key.join(' ')}` : '';
  const versions =
    heldVersion === null ? '' : palette.faint(` (held at ${heldVersion}, compared at ${version})`);
  return [
    `  ${mended ? `${palette.good('mended:')} ${words[kind]}` : palette.bad(words[kind])} ${place}${own}${versions}${reason === null ? '' : `: ${reason}`}`,
    ...fields.map(
      (field) =>
        `    ${field.path === '' ? 'the document' : field.path}: ${field.held ?? 'nothing'} instead of ${field.expected ?? 'nothing'}`,
    ),
  ];
}
