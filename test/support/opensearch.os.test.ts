import { expect, test } from 'vitest';
import { createSearch } from './opensearch.ts';

test('a file removes its own indexes and no others', async () => {
  const [mine, other] = [createSearch(), createSearch()];
  for (const { client, prefix } of [mine, other]) {
    await client.indices.create({ index: `${prefix}users` });
    await client.indices.create({ index: `.${prefix}meta`, body: { settings: { 'index.hidden': true } } });
  }

  await mine.drop();

  const { body } = await other.client.cat.indices({ format: 'json', expand_wildcards: 'all', h: ['index'] });
  // Other files have theirs on the same server.
  const ours = (name = '') => name.includes(mine.prefix) || name.includes(other.prefix);
  const names = body.map(({ index }) => index).filter(ours);
  expect(new Set(names)).toEqual(new Set([`.${other.prefix}meta`, `${other.prefix}users`]));
  await other.drop();
});
