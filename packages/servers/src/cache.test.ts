import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cached } from './cache.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sluice-cache-'));
});

afterEach(() => rm(cache, { recursive: true }));

test('fills once, readable by every account', async () => {
  let fills = 0;
  const fill = async (directory: string) => {
    fills += 1;
    await writeFile(join(directory, 'program'), '', { mode: 0o700 });
    await writeFile(join(directory, 'data'), '', { mode: 0o600 });
  };
  const target = join(cache, 'server');
  await cached(target, fill);
  await cached(target, fill);

  expect(fills).toBe(1);
  expect((await stat(join(target, 'program'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(target, 'data'))).mode & 0o777).toBe(0o644);
  expect((await stat(target)).mode & 0o055).toBe(0o055);
});

test('two at once end with one complete folder and nothing beside it', async () => {
  const target = join(cache, 'server');
  const filling = gate(2);
  const fill = (text: string) => async (directory: string) => {
    await filling();
    await writeFile(join(directory, 'who'), text);
  };
  const [first, second] = await Promise.all([cached(target, fill('a')), cached(target, fill('b'))]);

  expect(first).toBe(second);
  expect(await readFile(join(target, 'who'), 'utf8')).toMatch(/^[ab]$/);
  expect(await readdir(cache)).toEqual(['server']);
});

test('a fill that fails leaves nothing', async () => {
  const attempt = cached(join(cache, 'server'), async (directory) => {
    await writeFile(join(directory, 'half'), '');
    throw new Error('no network');
  });
  await expect(attempt).rejects.toThrow('no network');
  expect(await readdir(cache)).toEqual([]);
});

/** Resolves for all when `count` have come. */
function gate(count: number): () => Promise<void> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return opened;
  };
}
