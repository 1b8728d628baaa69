import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The account that a server runs under. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres and OpenSearch refuse to run as root. The account to use instead, or `undefined` where this
 * process is not root and may run them itself.
 *
 * @param preferred an account that the server's own package would have made
 */
export function serverUser(preferred: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of [preferred, 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && uid !== 0 && gid !== undefined) return { name, uid, gid };
  }
  throw new Error('this is root, the server refuses to run as root, and there is no account "nobody" to use');
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(
      execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return undefined; // No such account: the next one is tried.
  }
}

/** Whether `user` may pass through every folder above `path` and read it. Root's home, for one, is closed. */
export function isReachable(path: string, user: ServerUser | undefined): boolean {
  if (user === undefined) return true;
  let current = resolve(path);
  try {
    for (;;) {
      const { mode, uid } = statSync(current);
      const needed = current === resolve(path) ? 0o5 : 0o1;
      const granted = uid === user.uid ? mode >> 6 : mode;
      if ((granted & needed) !== needed) return false;
      const parent = dirname(current);
      if (parent === current) return true;
      current = parent;
    }
  } catch {
    return false;
  }
}

/** Lets every account read `path` and what is in it, whatever the umask was. */
export async function openToAll(path: string): Promise<void> {
  const entry = await lstat(path);
  if (entry.isSymbolicLink()) return;
  const executable = (entry.mode & 0o100) !== 0 ? 0o111 : 0;
  await chmod(path, (entry.mode & 0o777) | 0o444 | executable);
  if (!entry.isDirectory()) return;
  for (const name of await readdir(path)) await openToAll(join(path, name));
}

/** Hands `path` and what is in it to the account. */
export async function giveTo(path: string, user: ServerUser | undefined): Promise<void> {
  if (user === undefined) return;
  const entry = await lstat(path);
  if (entry.isSymbolicLink()) return;
  await chown(path, user.uid, user.gid);
  if (!entry.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(join(path, name), user);
}
