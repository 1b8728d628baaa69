import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import setupOpenSearch from './global-os.ts';
import setupPostgres from './global-pg.ts';

const root = join(import.meta.dirname, '../..');

/** Both servers, and the packages as they are built: these tests run the command that a user runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const compiler = join(root, 'node_modules/.bin/tsc');
  const [stopPostgres, stopOpenSearch] = await Promise.all([
    setupPostgres(project),
    setupOpenSearch(project),
    promisify(execFile)(compiler, ['-b'], { cwd: root }),
  ]);
  return async () => {
    await Promise.all([stopPostgres(), stopOpenSearch()]);
  };
}
