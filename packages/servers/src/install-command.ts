import { existsSync } from 'node:fs';

/** What is to be installed: Maven, and a Java of at least this feature version where `java` says so. */
export interface Wanted {
  readonly java?: number;
}

/** The machine that it is to be installed on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Debian, Ubuntu and what derives from them. */
  readonly hasApt: boolean;
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync('/usr/bin/apt-get'),
  };
}

/** One line to run, or a sentence where no package manager is known. */
export function installCommand({ platform, isRoot, hasApt }: Machine, { java }: Wanted): string {
  if (platform === 'darwin') return `brew install ${java === undefined ? '' : 'openjdk '}maven`;
  if (!hasApt) {
    const runtime = java === undefined ? '' : `Java ${java} or newer and `;
    return `Install ${runtime}Maven, or set SLUICE_TEST_OPENSEARCH_URL`;
  }
  // Debian 12's default is 17.
  const runtime =
    java === undefined ? [] : [java <= 17 ? 'default-jre-headless' : `openjdk-${java}-jre-headless`];
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...runtime, 'maven'];
  return `${isRoot ? '' : 'sudo '}${command.join(' ')}`;
}

/** As `installCommand`, for one package that is called the same everywhere. */
export function installPackageCommand({ platform, isRoot, hasApt }: Machine, name: string): string {
  if (platform === 'darwin') return `brew install ${name}`;
  if (!hasApt) return `Install ${name}, or set SLUICE_TEST_${name.toUpperCase()} to the path of the program`;
  return `${isRoot ? '' : 'sudo '}apt-get install --yes --no-install-recommends ${name}`;
}
