import { readFileSync } from 'node:fs';
import type { Sink } from '@sluice/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { document, generation, openSink, scalar, write } from '../test/fixture.ts';
import { type Role, type Secured, startSecured } from '../test/secured.ts';

const prefix = 'search-';
let secured: Secured;

beforeAll(async () => {
  secured = await startSecured();
});
afterAll(() => secured[Symbol.asyncDispose]());

/** The role as the documentation has it. */
function documentedRole(): Role {
  const page = readFileSync(new URL('../../../docs/sink-opensearch.md', import.meta.url), 'utf8');
  const [, block = ''] = /## Privileges.*?```json\n(.*?)```/s.exec(page) ?? [];
  return JSON.parse(block);
}

function open(options: Record<string, unknown> = {}): Sink {
  return openSink(secured.url, prefix, {
    ca: secured.authority.certificateFile,
    number_of_replicas: 0,
    ...(options['client_cert'] === undefined && { username: secured.user, password: secured.password }),
    ...options,
  });
}

let generations = 0;

/** Everything that Sluice does with a sink, once, with an index of its own. */
async function expectWholeLife(sink: Sink): Promise<void> {
  const fields = [scalar('n', 'integer'), scalar('more', 'json')];
  generations += 1;
  const one = generation(fields, { index: `life${generations}` });
  const next = { ...one, number: 2 };
  const { generations: store, records, reader, deadLetters } = sink;
  if (store === undefined || records === undefined || reader === undefined) throw new Error('not the sink');

  await sink.location?.();
  await records.list();
  const record = await records.put(`record-${generations}`, { a: 1 }, null);
  await records.read?.([`record-${generations}`]);
  for (const each of [one, next]) {
    await sink.ensureIndex(each);
    await sink.ensureIndex(each);
    await store.beginBackfill(each);
    const documents = [document('1', 1n, '{"n":1,"more":{"new":"key"}}'), document('2', 2n, '{"n":2}')];
    expect(await write(sink, each, documents)).toMatchObject({ accepted: 2 });
    expect(await write(sink, each, [document('2', 3n, null)])).toMatchObject({ accepted: 1 });
    await deadLetters?.put(each, [
      { key: ['3'], id: '3', routing: null, version: 4n, cause: 'rejected', reason: 'no', at: 1 },
    ]);
    for await (const _page of deadLetters?.list(each, 10) ?? []);
    await deadLetters?.get(each, [{ id: '3', routing: null }]);
    await deadLetters?.remove(each, [{ id: '3', routing: null, version: 5n }]);
    await store.endBackfill(each);
    await store.promote(each);
    expect(await store.promoted(each.index)).toMatchObject({ number: each.number });
  }
  const held: string[] = [];
  for await (const page of reader.list(next, 1)) held.push(...page.map(({ id }) => id));
  expect(held).toEqual(['1']);
  expect(await reader.read?.(next, [{ id: '1', routing: null }])).toMatchObject([{ version: 1n }]);
  expect(await store.size?.(next)).toMatchObject({ documents: 1 });
  await store.drop(one);
  expect(await store.exists(one)).toBe(false);
  await store.withdraw?.(next);
  await store.drop(next);
  if (record !== null) expect(await records.remove(`record-${generations}`, record)).toBe(true);
}

test('with the documented role everything that Sluice does goes through', async () => {
  await secured.grant(documentedRole());
  await using closing = closed(open());
  await expectWholeLife(closing.sink);
});

test('a user by client certificate, without a password, may do the same', async () => {
  await secured.grant(documentedRole());
  const { certificateFile, keyFile } = secured.client;
  await using closing = closed(open({ client_cert: certificateFile, client_key: keyFile }));
  await expectWholeLife(closing.sink);
});

test.each([
  ['a wrong password', () => ({ password: 'wrong' })],
  ['an unknown user', () => ({ username: 'nobody' })],
  [
    'a token that nobody gave out',
    () => ({ bearer_token: 'none', username: undefined, password: undefined }),
  ],
  ['no credentials', () => ({ username: undefined, password: undefined })],
])('%s is refused with what to check, and not tried again', async (_, options) => {
  await using closing = closed(open(options()));
  await expect(closing.sink.location?.()).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining('does not accept the credentials (401)'),
    hint: expect.stringContaining('username and password'),
  });
});

test('a certificate of an unknown authority, or for another host, is refused', async () => {
  await using stranger = closed(open({ ca: undefined }));
  await expect(stranger.sink.location?.()).rejects.toMatchObject({ code: 'SLUICE_SINK_REFUSED' });
  // The same node by an address that its certificate does not have.
  const url = secured.url.replace('localhost', '127.0.0.1');
  await using elsewhere = closed(open({ url }));
  await expect(elsewhere.sink.location?.()).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining("not in the cert's list"),
  });
});

/** Done without where it is missing: see the documentation. */
const dispensable = 'indices:data/read/scroll/clear';

/** The role without one permission, for each that it has. */
function lesserRoles(): [missing: string, role: Role][] {
  const role = documentedRole();
  const [index] = role.index_permissions;
  if (index === undefined) throw new Error('The documented role has no permissions on indexes.');
  const needed = (one: string) => one !== dispensable;
  const without = (list: readonly string[], one: string) => list.filter((each) => each !== one);
  return [
    ...role.cluster_permissions
      .filter(needed)
      .map((missing): [string, Role] => [
        missing,
        { ...role, cluster_permissions: without(role.cluster_permissions, missing) },
      ]),
    ...index.allowed_actions.map((missing): [string, Role] => [
      missing,
      {
        ...role,
        index_permissions: [{ ...index, allowed_actions: without(index.allowed_actions, missing) }],
      },
    ]),
  ];
}

test.each(lesserRoles())('without %s Sluice stops with one error that names it', async (missing, role) => {
  await secured.grant(role);
  await using closing = closed(open());
  const failure: unknown = await expectWholeLife(closing.sink).then(
    () => 'nothing was refused',
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    message: expect.stringContaining(missing.replace(/\*$/, '')),
    hint: expect.stringContaining(missing.replace(/\*$/, '')),
  });
});

function closed(sink: Sink): AsyncDisposable & { readonly sink: Sink } {
  return { sink, [Symbol.asyncDispose]: () => sink.close() };
}
