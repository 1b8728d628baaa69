import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isReachable, openToAll, type ServerUser } from './process/server-user.ts';

/**
 * Where unpacked servers are kept: `$XDG_CACHE_HOME/sluice` or `~/.cache/sluice`. Root's home is closed to
 * the account that its servers run under, so root uses `/var/cache/sluice` where the first cannot be read.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv, user: ServerUser | undefined): string {
  const base = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return isReachable(base, user) ? join(base, 'sluice') : '/var/cache/sluice';
}

/**
 * The folder `target`, made with `fill` when it is not there yet. It appears complete or not at all (a
 * rename), so two processes may do this at once and a killed one leaves nothing half done under its name.
 */
export async function cached(target: string, fill: (directory: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  const cache = dirname(target);
  if ((await mkdir(cache, { recursive: true })) !== undefined) await chmod(cache, 0o755);
  const staging = join(cache, `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(staging);
    await fill(staging);
    await openToAll(staging);
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process was faster: what it made is the same.
    if (!existsSync(target)) throw error;
  }
  return target;
}
