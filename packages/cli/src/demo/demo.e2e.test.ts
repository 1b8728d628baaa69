import { existsSync } from 'node:fs';
import { expect, inject, test, vi } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { sluice, spawnSluice } from '../test-support/spawn-sluice.ts';

vi.setConfig({ testTimeout: 120_000 });

/** The folder of the demo's configuration, from what it printed. */
const folderOf = (output: string) => /Starting Sluice with (\S+)\/sluice\.yaml/.exec(output)?.[1] ?? '';

test('the demo runs without OpenSearch, proves that every document equals its rows, and leaves nothing', async () => {
  const { exit, stdout } = await sluice(['demo', '--sink', 'stdout', '--duration', '5s']);
  expect(stdout).toContain('customers: all ');
  expect(stdout).toContain('products: all 200 documents are equal to their rows');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/updated \d+ ms later/);
  expect(existsSync(folderOf(stdout))).toBe(false);
});

test('the demo uses a given OpenSearch beside what is in it, and takes its indexes away', async () => {
  await using search = createSearch();
  const named = async () => {
    const { body } = await search.client.cat.indices({ format: 'json', expand_wildcards: 'all' });
    return body.flatMap(({ index }) => (index?.startsWith('sluice_demo_') ? [index] : []));
  };
  const before = await named();
  const { exit, stdout } = await sluice([
    ...['demo', '--opensearch', inject('opensearchUrl'), '--duration', '5s', '--json'],
  ]);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    data: { sink: 'opensearch', verified: [{ index: 'customers' }, { index: 'products', documents: 200 }] },
  });
  expect(await named()).toEqual(before);
});

test('Ctrl-C ends the demo and removes everything', async () => {
  const demo = spawnSluice(['demo', '--sink', 'stdout']);
  await demo.sees(/updated \d+ ms later/);
  demo.child.kill('SIGINT');
  const { exit, stdout } = await demo.finished;
  expect(exit).toBe(130);
  expect(existsSync(folderOf(stdout))).toBe(false);
  const url = new URL(/postgres:\/\/\S+/.exec(stdout)?.[0] ?? '');
  await expect(fetch(`http://${url.host}`)).rejects.toThrow('fetch failed');
});
