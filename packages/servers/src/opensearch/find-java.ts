import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isReachable, type ServerUser } from '../process/server-user.ts';
import { featureVersion, type Java } from './release.ts';

/**
 * Every Java that `user` may run: `JAVA_HOME`, the `java` of each folder in `PATH`, and the places where
 * distributions, macOS and SDKMAN put them. Read from their `release` files: nothing is run.
 */
export function findJava(environment: NodeJS.ProcessEnv, user: ServerUser | undefined): Java[] {
  const candidates = [
    ...named(environment['OPENSEARCH_JAVA_HOME'], environment['JAVA_HOME']),
    ...(environment['PATH'] ?? '').split(delimiter).flatMap(homeOfProgram),
    ...within('/usr/lib/jvm'),
    ...within('/usr/java'),
    ...within('/opt'),
    ...within('/Library/Java/JavaVirtualMachines').map((path) => join(path, 'Contents/Home')),
    ...within('/opt/homebrew/opt').map((path) => join(path, 'libexec/openjdk.jdk/Contents/Home')),
    ...within(join(homedir(), '.sdkman/candidates/java')),
    ...within(join(homedir(), '.jdks')),
  ];
  const homes = new Set(
    candidates.filter((home) => existsSync(join(home, 'bin/java'))).map((home) => realpathSync(home)),
  );
  return [...homes].flatMap((home) => {
    const feature = readFeature(home);
    return feature !== undefined && isReachable(home, user) ? [{ home, feature }] : [];
  });
}

function readFeature(home: string): number | undefined {
  try {
    return featureVersion(readFileSync(join(home, 'release'), 'utf8'));
  } catch {
    return undefined; // Not a Java installation after all.
  }
}

function named(...values: (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined && value !== '').map(String);
}

/** `/usr/bin/java` is a link to a link to `…/bin/java`. */
function homeOfProgram(folder: string): string[] {
  const program = join(folder, 'java');
  return existsSync(program) ? [dirname(dirname(realpathSync(program)))] : [];
}

function within(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return []; // No such folder on this system.
  }
}
