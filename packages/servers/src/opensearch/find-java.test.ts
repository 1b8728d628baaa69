import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava } from './find-java.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-java-'));
});

afterEach(() => rm(root, { recursive: true }));

async function install(name: string, version: string): Promise<string> {
  const home = join(root, name);
  await mkdir(join(home, 'bin'), { recursive: true });
  await writeFile(join(home, 'bin/java'), '');
  await writeFile(join(home, 'release'), `JAVA_VERSION="${version}"\n`);
  return home;
}

test('finds JAVA_HOME and the java behind the links in PATH, each once', async () => {
  const [first, second] = [await install('first', '41.0.1'), await install('second', '42')];
  await mkdir(join(root, 'bin'));
  await symlink(join(second, 'bin/java'), join(root, 'bin/java'));
  const environment = { JAVA_HOME: first, PATH: `${join(root, 'bin')}:${join(first, 'bin')}:/nowhere` };

  const found = findJava(environment, undefined).filter(({ home }) => home.startsWith(root));

  expect(found).toEqual([
    { home: first, feature: 41 },
    { home: second, feature: 42 },
  ]);
});

test('leaves out a folder without a release file, and one that the account cannot reach', async () => {
  const closed = await install('closed', '43');
  const broken = join(root, 'broken');
  await mkdir(join(broken, 'bin'), { recursive: true });
  await writeFile(join(broken, 'bin/java'), '');
  const environment = { JAVA_HOME: closed, PATH: join(broken, 'bin') };
  const user = { name: 'nobody', uid: 65534, gid: 65534 };

  // mkdtemp makes folders that only their owner may enter.
  const found = findJava(environment, user).filter(({ home }) => home.startsWith(root));

  expect(found).toEqual([]);
});
