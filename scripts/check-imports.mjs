// Who may import whom, with the rules of .dependency-cruiser.cjs. It parses with swc, because its own
// TypeScript parser knows no TypeScript 7, and without a parser it sees no file and finds nothing wrong:
// so this counts what it has seen.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const roots = [
  ...readdirSync('packages').flatMap((name) => [`packages/${name}/src`, `packages/${name}/test`]),
  'test',
  'bench',
].filter((path) => existsSync(path));

const { stdout, stderr, error } = spawnSync(
  'node_modules/.bin/depcruise',
  ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...roots],
  { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);
if (error !== undefined || !stdout.startsWith('{')) {
  process.stderr.write(`${stderr}${error ?? ''}\n`);
  process.exit(1);
}
const { modules, summary } = JSON.parse(stdout);

const seen = new Set(modules.map(({ source }) => source));
const unseen = roots.flatMap(sourceFiles).filter((file) => !seen.has(file));
const imports = modules.reduce((count, { dependencies }) => count + dependencies.length, 0);
const violations = summary.violations.filter((violation) => !isCycleOfTypes(violation));

for (const file of unseen) process.stdout.write(`not seen: ${file}\n`);
for (const { rule, from, to, cycle } of violations) {
  const path = cycle === undefined ? to : cycle.map(({ name }) => name).join(' → ');
  process.stdout.write(`${rule.name}: ${from} → ${path}\n`);
}
process.stdout.write(`${seen.size} modules, ${imports} imports\n`);
// As many imports as modules at the very least: fewer means that files were found but not read.
process.exitCode = violations.length > 0 || unseen.length > 0 || imports < seen.size ? 1 : 0;

function sourceFiles(root) {
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, name))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
}

/** swc does not tell `import type` from `import`; a cycle that holds an import of types is none at run time. */
function isCycleOfTypes({ from, cycle }) {
  if (cycle === undefined) return false;
  const files = [from, ...cycle.map(({ name }) => name)];
  return files.some((file, index) => {
    const next = files[index + 1];
    return next !== undefined && importsTypesOnly(file, next);
  });
}

function importsTypesOnly(file, imported) {
  const { dependencies } = modules.find(({ source }) => source === file);
  const names = dependencies.filter(({ resolved }) => resolved === imported).map(({ module }) => module);
  const text = readFileSync(file, 'utf8');
  const statements = text.match(/^(import|export)\b[^;]*?\bfrom '[^']+';/gm) ?? [];
  const relevant = statements.filter((statement) => names.some((name) => statement.endsWith(`'${name}';`)));
  return relevant.length > 0 && relevant.every((statement) => /^(import|export) type\b/.test(statement));
}
