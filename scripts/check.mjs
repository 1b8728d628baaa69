// `npm run check`: everything that can be said about the code without running it. All steps run, whatever
// the earlier ones found; names of steps as arguments run only those.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules/.bin', name);

/** Each step is one or more commands; it fails when one of them does. */
const steps = [
  { name: 'setup', commands: [[process.execPath, 'scripts/setup.mjs', 'build']] },
  { name: 'lockfile', commands: [[process.execPath, 'scripts/complete-lockfile.mjs', '--check']] },
  { name: 'types', commands: [[bin('tsc'), '-p', 'test']] },
  { name: 'format', commands: [[bin('biome'), 'check', '.']] },
  { name: 'lint', commands: [[bin('oxlint'), '--type-aware', '--deny-warnings', '.']] },
  { name: 'unused', commands: [[bin('knip'), '--no-progress']] },
  { name: 'imports', commands: [[process.execPath, 'scripts/check-imports.mjs']] },
  { name: 'api', commands: [[process.execPath, 'scripts/api-report.mjs', '--check']] },
  { name: 'packages', commands: publicPackages().map((path) => [bin('publint'), '--strict', path]) },
];

const chosen = process.argv.slice(2);
const results = steps
  .filter(({ name }) => chosen.length === 0 || chosen.includes(name))
  .map(({ name, commands }) => {
    const started = performance.now();
    const outputs = commands.map(run);
    const failures = outputs.filter(({ ok }) => !ok);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const ok = failures.length === 0;
    process.stdout.write(`${ok ? '✓' : '✗'} ${name} (${seconds} s)\n`);
    return { name, ok, output: failures.map(({ output }) => output).join('') };
  });

for (const { name, ok, output } of results) {
  if (!ok) process.stdout.write(`\n── ${name} ──\n${output}\n`);
}
const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
process.stdout.write(
  failed.length === 0
    ? `\nAll ${results.length} checks passed.\n`
    : `\n${failed.length} of ${results.length} checks failed: ${failed.join(', ')}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

// For .ci/run.
mkdirSync(join(root, '.sluice'), { recursive: true });
const outcome = results.map(({ name, ok }) => ({ name, ok }));
writeFileSync(join(root, '.sluice/check-results.json'), JSON.stringify(outcome));

function run([command, ...args]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`;
  return { ok: status === 0, output };
}

function publicPackages() {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((path) => existsSync(join(root, path, 'package.json')))
    .filter((path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).private !== true);
}
