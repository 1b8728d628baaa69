import type { DeadLetterStore, NewDeadLetter } from '@sluice/core';
import { afterAll, expect, test } from 'vitest';
import { createSearch } from '../../../test/support/opensearch.ts';
import { generation, openSink } from '../test/fixture.ts';

const search = createSearch();
const sink = openSink(search.url, search.prefix);
const store = lettersOf(sink);
const index = `${search.prefix}.sluice_dead_letters`;
const letter: NewDeadLetter = {
  key: ['1'],
  id: '1',
  routing: null,
  version: 5n,
  cause: 'rejected',
  reason: 'a test',
  at: 1_700_000_000_000,
};

afterAll(async () => {
  await sink.close();
  await search.drop();
});

function lettersOf({ deadLetters }: { readonly deadLetters?: DeadLetterStore }): DeadLetterStore {
  if (deadLetters === undefined) throw new Error('the sink keeps dead letters');
  return deadLetters;
}

test.each(['put', 'get', 'remove'] as const)(
  'an index of letters that somebody removed is made again once a `%s` missed it',
  async (by) => {
    const of = generation([]);
    await store.put(of, [letter]);
    await search.client.indices.delete({ index });
    await expect(store[by](of, [letter])).rejects.toMatchObject({ code: 'SLUICE_SINK_UNAVAILABLE' });
    expect(await store.get(of, [letter])).toEqual([]);
    expect(await store.put(of, [letter])).toBe(1);
    expect(await store.get(of, [letter])).toMatchObject([{ id: '1', version: 5n }]);
    const { body } = await search.client.indices.getSettings({ index, flat_settings: true });
    expect(body[index]?.settings).toMatchObject({ 'index.hidden': 'true' });
  },
);
