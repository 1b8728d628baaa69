import { currentTransaction, waitUntilSearchable } from '@sluice/core/wait';
import { freePort } from '@sluice/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shop } from '../faults/harness/shop.ts';
import { waitFor } from '../support/wait.ts';
import { Deployment } from './harness/deployment.ts';

const token = 'a-token-of-the-test-alone';
let site: Deployment;
let publicUrl = '';
let privateUrl = '';
beforeAll(async () => {
  const [open, closed] = [await freePort(), await freePort()];
  publicUrl = `http://127.0.0.1:${open}`;
  privateUrl = `http://127.0.0.1:${closed}`;
  site = await Deployment.create({
    ...shop({ customers: 20 }),
    // As a user has it: a search finds what is new only after a while.
    search: { refresh_interval: '30s' },
    server: { public: `127.0.0.1:${open}`, private: `127.0.0.1:${closed}`, token },
  });
  await site.start();
});
afterAll(() => site[Symbol.asyncDispose]());

const endpoint = () => ({ url: privateUrl, token });

/** Writes in one transaction, and gives its id. */
async function write(sql: string, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<string> {
  const client = await site.database.connect();
  await client.query('BEGIN');
  await client.query(sql);
  const xid = await currentTransaction(client);
  await client.query(end);
  await client.end();
  return xid;
}

async function named(name: string): Promise<number> {
  const query = encodeURIComponent(`name:"${name}"`);
  const answer = await fetch(`${site.search.url}/${site.search.prefix}customers/_count?q=${query}`);
  const { count }: { count?: number } = Object(await answer.json());
  return count ?? -1;
}

test('what a transaction wrote is found as soon as it was waited for, again and again', async () => {
  for (let round = 0; round < 10; round += 1) {
    const xid = await write(`UPDATE customers SET name = 'round ${round}' WHERE id = 1`);
    await waitUntilSearchable({ ...endpoint(), xid, indexes: ['customers'] });
    expect(await named(`round ${round}`)).toBe(1);
  }
});

test('many who wait at once are all served', async () => {
  const writes = Array.from({ length: 15 }, async (_, n) => {
    const xid = await write(`UPDATE customers SET name = 'many${n}' WHERE id = ${n + 2}`);
    await waitUntilSearchable({ ...endpoint(), xid });
    return await named(`many${n}`);
  });
  expect(await Promise.all(writes)).toEqual(writes.map(() => 1));
});

test('the command waits without the process being asked, by what is on record', async () => {
  await site.reconfigure({ server: { public: false } });
  const xid = await write("UPDATE customers SET name = 'by record' WHERE id = 1");
  const { code, output } = await site.command('wait', '--xid', xid, '--json');
  expect(await named('by record')).toBe(1);
  expect(JSON.parse(output)).toMatchObject({
    ok: true,
    data: { by: 'records', indexes: ['customers', 'orders', expect.anything()] },
  });
  expect(code).toBe(0);
});

test('a transaction that wrote nothing that is indexed is waited for no longer than any other', async () => {
  await site.database.query('CREATE TABLE unrelated (id int)');
  const xid = await write('INSERT INTO unrelated VALUES (1)');
  await waitUntilSearchable({ ...endpoint(), xid, timeoutMs: 20_000 });
  const { code, log } = await site.command('wait', '--xid', xid, '--timeout', '20s');
  expect({ code, log }).toMatchObject({ code: 0 });
});

test('one that is open is waited for, one that was rolled back and one of the future are told', async () => {
  const open = await site.database.connect();
  await open.query("BEGIN; UPDATE customers SET name = 'open' WHERE id = 1");
  const xid = await currentTransaction(open);
  await expect(waitUntilSearchable({ ...endpoint(), xid, timeoutMs: 300 })).rejects.toMatchObject({
    code: 'SLUICE_WAIT_TIMEOUT',
    message: expect.stringContaining(`transaction ${xid} is still open`),
  });
  const waiting = waitUntilSearchable({ ...endpoint(), xid });
  await open.query('COMMIT');
  await open.end();
  await waiting;
  expect(await named('open')).toBe(1);

  const aborted = await write("UPDATE customers SET name = 'aborted' WHERE id = 1", 'ROLLBACK');
  await expect(waitUntilSearchable({ ...endpoint(), xid: aborted })).rejects.toMatchObject({
    code: 'SLUICE_WAIT_ABORTED',
  });
  const command = await site.command('wait', '--xid', aborted);
  expect([command.code, command.log]).toEqual([1, expect.stringContaining('SLUICE_WAIT_ABORTED')]);
  await expect(waitUntilSearchable({ ...endpoint(), xid: 2n ** 40n })).rejects.toMatchObject({
    code: 'SLUICE_WAIT_REFUSED',
  });
  await expect(waitUntilSearchable({ ...endpoint(), position: 'nonsense' })).rejects.toMatchObject({
    code: 'SLUICE_WAIT_REFUSED',
  });
});

test('what was searchable once is so at its position', async () => {
  const { position } = await waitUntilSearchable(endpoint());
  expect((await waitUntilSearchable({ ...endpoint(), position })).position).toBe(position);
  expect((await site.command('wait', '--position', position)).code).toBe(0);
});

test('the private server gives nothing without the token, and neither answers under a stranger’s name', async () => {
  for (const authorization of ['', 'Bearer wrong', `Basic ${token}`, `Bearer ${token}x`]) {
    expect((await fetch(`${privateUrl}/wait?now`, { headers: { authorization } })).status).toBe(401);
  }
  await expect(waitUntilSearchable({ ...endpoint(), token: 'wrong' })).rejects.toMatchObject({
    code: 'SLUICE_WAIT_UNANSWERED',
  });
  const authorized = { authorization: `Bearer ${token}` };
  expect((await fetch(`${privateUrl}/nothing`, { headers: authorized })).status).toBe(404);
  expect((await fetch(`${privateUrl}/wait`, { headers: authorized })).status).toBe(400);
  expect((await fetch(`${privateUrl}/wait?now&index=nope`, { headers: authorized })).status).toBe(400);
});

test('status, readiness and metrics say what the process does', async () => {
  const read = async (path: string) => await fetch(`${publicUrl}${path}`);
  expect((await read('/healthz')).status).toBe(200);
  expect(await (await read('/readyz')).json()).toEqual({ ready: true, phase: 'live' });
  expect((await read('/wait?now')).status).toBe(404);
  const status: unknown = await (await read('/status')).json();
  expect(status).toMatchObject({
    ready: true,
    captures: [{ capture: site.capture, state: 'ready', level: 'fine' }],
    limits: { atLimit: 'keep' },
    indexes: expect.arrayContaining([expect.objectContaining({ index: 'customers', state: 'searchable' })]),
  });
  expect(JSON.stringify(status)).not.toContain(token);
  const metrics = await (await read('/metrics')).text();
  expect(metrics).toMatch(
    /^sluice_documents_written_total\{index="customers",sink="search",source="live"\} [1-9]/m,
  );
  expect(metrics).toMatch(/^sluice_commit_to_durable_seconds_count [1-9]/m);
  expect(metrics).toMatch(/^sluice_phase\{phase="live"\} 1$/m);
  expect(metrics).toMatch(/^sluice_source_retained_bytes\{capture="\w+"\} \d/m);
  const command = await site.command('status', '--json');
  expect(JSON.parse(command.output)).toMatchObject({
    ok: true,
    data: {
      captures: [{ capture: site.capture, state: 'ready', heldBy: expect.any(String) }],
      indexes: expect.arrayContaining([expect.objectContaining({ index: 'customers', state: 'searchable' })]),
    },
  });
});

test('an index is built anew when it is asked for, and searched when it is complete', async () => {
  const authorized = { authorization: `Bearer ${token}` };
  const ask = async (path: string, method: string) =>
    (await fetch(`${privateUrl}${path}`, { method, headers: authorized })).status;
  expect(await ask('/indexes/customers/reindex', 'GET')).toBe(405);
  expect(await ask('/indexes/nothing/reindex', 'POST')).toBe(404);
  expect(await ask('/indexes/customers/reindex', 'POST')).toBe(202);
  await site.process.untilLogged(
    'the next generation to be searched',
    ({ msg, index, generation }) => msg === 'promoted' && index === 'customers' && generation === 2,
  );
  const xid = await write("UPDATE customers SET name = 'in the next one' WHERE id = 1");
  await waitUntilSearchable({ ...endpoint(), xid });
  expect(await named('in the next one')).toBe(1);
});

test('where nobody follows, waiting says so and status does too', async () => {
  await site.process.stop();
  await waitFor(async () => (await site.command('status')).output.includes('nobody follows it now'), {
    what: 'the capture to be left',
  });
  const { code, log } = await site.command('wait', '--now', '--timeout', '1s');
  expect([code, log]).toEqual([1, expect.stringContaining('nobody follows the source now')]);
});
