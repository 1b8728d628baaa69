import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../cache.ts';
import { installCommand, thisMachine } from '../install-command.ts';
import { NotHere } from '../origins.ts';
import { type ServerUser, serverUser } from '../process/server-user.ts';
import { distributionFolder } from './distribution.ts';
import { findJava } from './find-java.ts';
import type { OpenSearchOptions } from './options.ts';
import { type Java, planRun, type Release } from './release.ts';

/** Everything that running the distribution takes, found but not yet downloaded. */
export interface EmbeddedPlan {
  readonly release: Release;
  readonly java: Java;
  readonly user: ServerUser | undefined;
  readonly cache: string;
}

/** @throws NotHere when a Java of the right version or Maven is missing, with the command that installs it. */
export function planEmbedded(options: OpenSearchOptions): EmbeddedPlan {
  if (process.platform === 'win32') throw new NotHere('an embedded server needs a POSIX system');
  const environment = options.environment ?? process.env;
  const user = serverUser('opensearch');
  const cache = cacheDirectory(environment, user);
  // The plugin for 3.4 needs another one that is nowhere to be had.
  const line = options.security === undefined ? options.line : '2.19';
  const plan = planRun(findJava(environment, user), line);
  if (plan.release === undefined) {
    const found = plan.found.map(({ feature }) => feature).join(', ') || 'none';
    throw new NotHere(
      `it needs Java ${plan.needed} or newer, and found here: ${found}`,
      installCommand(thisMachine(), { java: plan.needed }),
    );
  }
  const { release, java } = plan;
  const secured = options.security !== undefined;
  if (!existsSync(distributionFolder(release, cache, secured)) && !isProgram('mvn', environment)) {
    throw new NotHere(
      'it is downloaded with Maven, which is not installed',
      installCommand(thisMachine(), {}),
    );
  }
  return { release, java, user, cache };
}

function isProgram(name: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}
