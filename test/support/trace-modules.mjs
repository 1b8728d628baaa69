// Preloaded with `--import`: when the process ends, writes every module that it loaded to the file that
// SLUICE_TEST_MODULES names, one path or URL a line.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';

const file = process.env.SLUICE_TEST_MODULES;
const hook = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(${JSON.stringify(file)}, url + '\\n');
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
// What CommonJS requires of CommonJS passes no hook.
const { cache } = createRequire(import.meta.url);
process.on('exit', () => appendFileSync(file, `${Object.keys(cache).join('\n')}\n`));
