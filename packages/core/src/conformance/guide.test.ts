import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { captureChecks, documentChecks, pluginChecks, queueChecks, sinkChecks } from './index.ts';

const guide = await readFile(new URL('../../../../docs/plugin-authors.md', import.meta.url), 'utf8');
const contracts = new URL('../contracts/', import.meta.url);

interface Row {
  readonly member: string;
  readonly checks: readonly string[];
}

/** The table under a heading of "What is promised". */
function rowsUnder(heading: string): readonly Row[] {
  const [, section = ''] = guide.split(`\n### ${heading}\n`);
  const [own = ''] = section.split(/\n##/);
  return own
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, member = '', , checks = ''] = line.split('|').map((cell) => cell.trim());
      return { member: member.replaceAll('`', ''), checks: checks.split('<br>') };
    });
}

const kits = [
  ['Every plugin', pluginChecks],
  ['Sink', sinkChecks],
  ['Capture', captureChecks],
  ['Document builder', documentChecks],
  ['Queue', queueChecks],
] as const;

test.each(kits)("the author's guide names each check of its promises once: %s", (heading, checks) => {
  const named = rowsUnder(heading).flatMap((row) => row.checks);
  expect(named.toSorted()).toEqual(checks.map(({ name }) => name).toSorted());
});

test.each(kits)('every check of a kit has a name of its own: %s', (_heading, checks) => {
  const names = checks.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

test.each(kits)("the author's guide names members that the contracts have: %s", async (heading) => {
  const files = await readdir(contracts);
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, contracts), 'utf8')));
  const missing = rowsUnder(heading)
    .map(({ member }) => member)
    .filter(
      (member) => !texts.some((text) => new RegExp(`^ {2}(?:readonly )?${member}\\??[(:]`, 'm').test(text)),
    );
  expect(missing).toEqual([]);
});
