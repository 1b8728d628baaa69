// Adds to package-lock.json the packages for other platforms that npm left out. npm drops an optional
// package silently where the registry in use does not have it, and `npm ci` then refuses the lockfile on
// every machine. Their versions are exact in the package that lists them, and which platform they are for
// is in their names. `--check` only says what is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingOptional, platformOf } from './lockfile.mjs';

const file = join(dirname(fileURLToPath(import.meta.url)), '../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptional(lock);

if (process.argv.includes('--check')) {
  for (const { name, version } of missing) process.stdout.write(`missing: ${name}@${version}\n`);
  if (missing.length > 0) process.stdout.write('Run: node scripts/complete-lockfile.mjs\n');
  process.exitCode = missing.length > 0 ? 1 : 0;
} else {
  for (const { name, version, dev } of missing) {
    const entry = { version, ...platformOf(name), ...(dev ? { dev } : {}), optional: true };
    lock.packages[`node_modules/${name}`] = entry;
  }
  const [root, ...rest] = Object.keys(lock.packages);
  const sorted = rest.sort((a, b) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries([root, ...sorted].map((path) => [path, lock.packages[path]]));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} packages added.\n`);
}
