import { existsSync } from 'node:fs';
import { cacheDirectory } from '../cache.ts';
import { installPackageCommand, thisMachine } from '../install-command.ts';
import type { Obstacle } from '../obstacle.ts';
import { NotHere } from '../origins.ts';
import { type ServerUser, serverUser } from '../process/server-user.ts';
import { packageVersion, unpackedPackage, unpackedVersion } from './debian-package.ts';
import { findPgBouncer } from './find-program.ts';

/** What runs a pgbouncer. */
export interface Program {
  readonly command: string;
  /** Folders of shared libraries that come with it. */
  readonly libraries: readonly string[];
}

/** Found, but not yet downloaded. */
export interface ProgramPlan {
  readonly user: ServerUser | undefined;
  readonly program: (onProgress?: (message: string) => void) => Promise<Program>;
}

/** @throws NotHere where there is none and apt-get has none, with the command that helps. */
export function planPgBouncer(environment: NodeJS.ProcessEnv): ProgramPlan {
  if (process.platform === 'win32') throw new NotHere('pgbouncer needs a POSIX system');
  const user = serverUser('postgres');
  const command = findPgBouncer(environment, user);
  if (command !== undefined) return { user, program: async () => ({ command, libraries: [] }) };
  const cache = cacheDirectory(environment, user);
  const version = packageVersion() ?? unpackedVersion(cache);
  if (version !== undefined) {
    return { user, program: (onProgress) => unpackedPackage(version, { cache, onProgress }) };
  }
  const machine = thisMachine();
  if (!machine.hasApt || !existsSync('/usr/bin/dpkg-deb')) {
    throw new NotHere('pgbouncer is not installed', installPackageCommand(machine, 'pgbouncer'));
  }
  throw new NotHere(
    'pgbouncer is not installed, and apt-get does not know it yet',
    `${machine.isRoot ? '' : 'sudo '}apt-get update`,
  );
}

/** Why `startPgBouncer` would find nothing to start. Looks without downloading anything. */
export function pgBouncerObstacle(environment: NodeJS.ProcessEnv = process.env): Obstacle | undefined {
  try {
    planPgBouncer(environment);
    return undefined;
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return { reason: error.message, remedy: error.remedy };
  }
}
