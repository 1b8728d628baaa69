import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../../../../test/support/opensearch.ts';
import { document, generation, openSink, scalar, write } from '../../test/fixture.ts';
import { type Front, startFront } from '../../test/front.ts';

const search = createSearch();
const users = generation([scalar('n', 'integer')]);
const one = [document('1', 1n, '{"n":1}')];
let folder: string;
let front: Front;

/** A self-signed certificate for localhost: its own authority. */
async function certificate(name: string): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  await promisify(execFile)('openssl', ['req', '-x509', ...made, ...subject]);
  return { cert, key };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
  const [server, client] = [await certificate('server'), await certificate('client')];
  front = await startFront(search.url, {
    cert: await readFile(server.cert),
    key: await readFile(server.key),
    ca: await readFile(client.cert),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const sink = openSink(search.url, search.prefix);
  await sink.ensureIndex(users);
  await sink.close();
});

afterAll(async () => {
  await front[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
  await search.drop();
});

function identity(): Record<string, unknown> {
  return { client_cert: join(folder, 'client.pem'), client_key: join(folder, 'client.key') };
}

test('with the authority and a client certificate documents pass', async () => {
  const sink = openSink(front.url, search.prefix, { ca: join(folder, 'server.pem'), ...identity() });
  expect(await write(sink, users, one)).toMatchObject({ accepted: 1 });
  await sink.close();
});

test('an unknown authority is refused with what to do, unless it is not to be verified', async () => {
  const strict = openSink(front.url, search.prefix, identity());
  await expect(write(strict, users, one)).rejects.toMatchObject({
    code: 'SLUICE_SINK_REFUSED',
    hint: expect.stringContaining('`ca`'),
  });
  await strict.close();

  const trusting = openSink(front.url, search.prefix, { tls_verify: false, ...identity() });
  expect(await write(trusting, users, one)).toMatchObject({ accepted: 1 });
  await trusting.close();
});

test('a missing client certificate is an error, not a wait', async () => {
  const sink = openSink(front.url, search.prefix, { ca: join(folder, 'server.pem') });
  await expect(write(sink, users, one)).rejects.toMatchObject({
    code: expect.stringMatching(/^SLUICE_SINK_/),
  });
  await sink.close();
});
