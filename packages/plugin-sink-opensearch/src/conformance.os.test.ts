import type { DocumentReference, Generation, Sink } from '@sluice/core';
import { describeSink } from '@sluice/core/testkit';
import { afterAll, beforeAll } from 'vitest';
import { createSearch } from '../../../test/support/opensearch.ts';
import { startProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import { openSink } from '../test/fixture.ts';

const search = createSearch();
const opened: Sink[] = [];
let proxy: TcpProxy;

beforeAll(async () => {
  proxy = await startProxy(search.url);
});
afterAll(() => proxy.close());

/** The text of `_source`, unparsed; null where there is no document. */
async function source(index: string, { id, routing }: DocumentReference): Promise<string | null> {
  const query = routing === null ? '' : `?routing=${encodeURIComponent(routing)}`;
  // A path of dots alone is a step up for whoever normalises it: so the document is asked for in a body.
  const answer = await fetch(`${search.url}/${index}/_mget${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ docs: [{ _id: id }] }),
  });
  return sourceText(await answer.text());
}

/** What users find: a search by the alias, not a look-up by id. */
async function found(alias: string, { id }: DocumentReference): Promise<string | null> {
  const answer = await fetch(`${search.url}/${alias}/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: { ids: { values: [id] } } }),
  });
  return answer.status === 404 ? null : sourceText(await answer.text());
}

/** `_source` as it stands in an answer with at most one document, where it is the last part of it. */
function sourceText(answer: string): string | null {
  const [, text] = /"_source":(.*)\}\]\}?\}$/s.exec(answer) ?? [];
  return text ?? null;
}

function physical({ index, hash, number }: Generation): string {
  return `${search.prefix}${index}_${hash}_${number}`;
}

describeSink('opensearch', {
  claims: {
    ordering: 'versioned',
    records: true,
    generations: true,
    reader: true,
    bodies: true,
    recordsById: true,
    withdrawal: true,
    sizes: true,
    refresh: true,
    deadLetters: true,
  },
  async open() {
    const sink = openSink(proxy.through(search.url), search.prefix, { number_of_replicas: 0 });
    opened.push(sink);
    return sink;
  },
  read: (generation, place) => source(physical(generation), place),
  search: (index, place) => found(`${search.prefix}${index}`, place),
  poison: '{"count":"not a number"}',
  async interrupt() {
    await proxy.set('refuse');
    proxy.cut();
    return () => proxy.set('forward');
  },
  async cleanUp() {
    await Promise.all(opened.map((sink) => sink.close()));
    await search.drop();
  },
});
