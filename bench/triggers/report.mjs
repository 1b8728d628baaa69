// What was aimed at beside what was measured.

const rows = [];

/**
 * One line of the report.
 *
 * @param target `{most}` or `{least}`, in `unit`; without either the value is only told.
 */
export function record(section, what, value, { unit = '', most, least, digits = 1, note = '' } = {}) {
  const holds = (most === undefined || value <= most) && (least === undefined || value >= least);
  const target = most === undefined ? (least === undefined ? '' : `at least ${least}`) : `at most ${most}`;
  rows.push({ section, what, value, target, holds, note });
  process.stderr.write(
    `${section}: ${what}: ${value.toFixed(digits)} ${unit}${target === '' ? '' : ` (${target}${holds ? '' : ': MISSED'})`}${note === '' ? '' : `, ${note}`}\n`,
  );
  const last = rows.at(-1);
  last.text =
    `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`.trim();
  last.target = target === '' ? '' : `${target} ${unit}`.trim();
}

/** A table in Markdown; true where every target holds. */
export function printReport(header) {
  console.log(`${header}\n`);
  console.log('| | measured | target | |');
  console.log('|---|---|---|---|');
  for (const { section, what, text, target, holds, note } of rows) {
    const verdict = target === '' ? '' : holds ? 'holds' : 'missed';
    console.log(
      `| ${section}: ${what} | ${text}${note === '' ? '' : ` (${note})`} | ${target} | ${verdict} |`,
    );
  }
  return rows.every(({ holds }) => holds);
}
