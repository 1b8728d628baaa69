import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sluice } from '../test-support/spawn-sluice.ts';

// These run the compiled command: `npm run build` first. Each starts a process of its own.
vi.setConfig({ testTimeout: 30_000 });

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'sluice-create-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const create = (...args: readonly string[]) => sluice(['plugin', 'create', ...args], { cwd });

describe('plugin create', () => {
  test('writes into a folder of the name, without scope, and says what was written', async () => {
    const { exit, stdout } = await create('@acme/sluice-queue-mine', '--kind', 'queue', '--json');
    const { data } = JSON.parse(stdout);
    expect({ exit, ...data, files: undefined }).toEqual({
      exit: 0,
      package: '@acme/sluice-queue-mine',
      name: 'mine',
      kind: 'queue',
      directory: expect.stringMatching(/sluice-queue-mine$/),
      files: undefined,
    });
    const entries = await readdir(join(cwd, 'sluice-queue-mine'), { recursive: true, withFileTypes: true });
    const written = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(written.toSorted()).toEqual(data.files.map((file: string) => file.replace('src/', '')).toSorted());
  });

  test('writes nothing where something is', async () => {
    await mkdir(join(cwd, 'here'));
    await writeFile(join(cwd, 'here/notes.txt'), '');
    const { exit, stderr } = await create('sluice-sink-mine', '--kind', 'sink', '--dir', 'here');
    expect({ exit, stderr }).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('it holds notes.txt'),
    });
    expect(await readdir(join(cwd, 'here'))).toEqual(['notes.txt']);
  });

  test('takes no name that another plugin of the kind has', async () => {
    const { exit, stderr } = await create('sluice-sink-opensearch', '--kind', 'sink');
    expect(exit).toBe(2);
    expect(stderr).toContain('There is a sink `opensearch` already: @sluice/plugin-sink-opensearch.');
    expect(await readdir(cwd)).toEqual([]);
  });

  test('asks nothing where there is no terminal', async () => {
    const { exit, stderr } = await create('sluice-sink-mine');
    expect(exit).toBe(2);
    expect(stderr).toContain('Give it with --kind: sink, capture, queue.');
    expect(await readdir(cwd)).toEqual([]);
  });
});
