import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core';
import { cached } from '../cache.ts';
import type { Program } from './program.ts';

const run = promisify(execFile);

const prefix = 'pgbouncer-';

export interface PackageOptions {
  readonly cache: string;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** The version that apt-get would download; undefined where it knows of none, as before `apt-get update`. */
export function packageVersion(): string | undefined {
  if (!existsSync('/usr/bin/apt-cache') || !existsSync('/usr/bin/dpkg-deb')) return undefined;
  const policy = execFileSync('apt-cache', ['policy', 'pgbouncer'], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const version = /^\s*Candidate: (\S+)$/m.exec(policy)?.[1];
  return version === '(none)' ? undefined : version;
}

/** A version that was unpacked before: it does where apt-get's lists are gone. */
export function unpackedVersion(cache: string): string | undefined {
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .at(-1)
    ?.slice(prefix.length);
}

/**
 * The program out of Debian's package, with the libraries that it names, unpacked beside each other:
 * installing the package would start a pooler, and needs root.
 */
export async function unpackedPackage(version: string, options: PackageOptions): Promise<Program> {
  const folder = await cached(join(options.cache, `${prefix}${version}`), async (directory) => {
    options.onProgress?.(`Downloading pgbouncer ${version} with apt-get (a few MB, once).`);
    const work = join(directory, 'download');
    await mkdir(work);
    try {
      await run('apt-get', ['download', 'pgbouncer'], { cwd: work });
      const [own = ''] = await readdir(work);
      const { stdout } = await run('dpkg-deb', ['--field', own, 'Depends'], { cwd: work });
      const libraries = librariesOf(stdout);
      if (libraries.length > 0) await run('apt-get', ['download', ...libraries], { cwd: work });
      for (const name of await readdir(work)) await run('dpkg-deb', ['-x', join(work, name), directory]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.trim() : String(cause);
      throw new SluiceError('SLUICE_SERVER_UNAVAILABLE', `Could not download pgbouncer: ${reason}`, {
        hint: 'See that apt-get reaches its mirror: apt-get update && apt-get download pgbouncer',
        cause,
      });
    }
    await rm(work, { recursive: true });
  });
  return { command: join(folder, 'usr/sbin/pgbouncer'), libraries: await libraryFolders(folder) };
}

/** `libevent-2.1-7 (>= 2.1.8), libsystemd0 | libelogind0` → the first of each; the C library is the system's. */
export function librariesOf(depends: string): string[] {
  return depends
    .split(',')
    .map((one) => one.trim().split(/[\s(|]/)[0] ?? '')
    .filter((name) => /^lib/.test(name) && !/^libc6(?:$|[^a-z])/.test(name));
}

/** `usr/lib/x86_64-linux-gnu`, and `lib/…` where a package has it there. */
async function libraryFolders(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    const names = await readdir(join(folder, base)).catch(() => []);
    found.push(...names.filter((name) => name.includes('-linux-')).map((name) => join(folder, base, name)));
  }
  return found;
}
