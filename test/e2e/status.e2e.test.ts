import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sluice/servers';
import { expect, test } from 'vitest';
import { expectEnded } from './harness/expect-ended.ts';
import { SluiceProcess } from './harness/sluice-process.ts';

test('a status with a sink that is halted and a source that is gone says so soon, and what is known', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-status-'));
  // As a process that was halted: connections are accepted, and nothing is answered.
  const halted = createServer();
  await new Promise<void>((resolve) => halted.listen(0, '127.0.0.1', resolve));
  const address = halted.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  await writeFile(join(directory, 'users.schema.yml'), 'table: users\nfields:\n  - keyword: name\n');
  await writeFile(
    join(directory, 'sluice.yaml'),
    `source: { connection: "postgres://nobody@127.0.0.1:${await freePort()}/none", capture: wal }
sinks: { search: { plugin: opensearch, url: "http://127.0.0.1:${address.port}" } }
indexes: { users: { schema: users.schema.yml } }
`,
  );
  const run = (...args: readonly string[]) =>
    new SluiceProcess({ args: ['status', ...args], cwd: directory, env: {} }).untilEnded();
  try {
    const [plain, json] = await Promise.all([run(), run('--json')]);
    expectEnded(plain, 3);
    expect(plain.output).toContain('source: does not answer');
    expect(plain.output).toContain('sinks that do not answer: search');
    expect(plain.output).toContain('which indexes are on record is unknown');
    expectEnded(json, 3);
    const { ok, data, error } = JSON.parse(json.output);
    expect(ok).toBe(false);
    expect(data).toMatchObject({ source: null, sinks: [{ name: 'search', reachable: false }], indexes: [] });
    const codes = error.errors.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(['SLUICE_SOURCE_UNAVAILABLE', 'SLUICE_SINK_UNAVAILABLE']);
    expect(error.errors[1].message).toBe('Sink "search": it did not answer within 5.0 s');
  } finally {
    halted.close();
    await rm(directory, { recursive: true, force: true });
  }
});
