import { expect, test } from 'vitest';
import type { Mechanism } from '../e2e/harness/captures.ts';
import { Deployment } from '../e2e/harness/deployment.ts';
import { Contender } from './harness/contender.ts';
import { mechanisms } from './harness/mechanisms.ts';
import { generationRecords } from './harness/records.ts';
import { shop } from './harness/shop.ts';

/** How soon a leader that is halted is taken for gone. */
const soon: Readonly<Record<Mechanism, object>> = {
  wal: { wal_sender_timeout: '3s', poll_interval: '500ms' },
  triggers: { lease: '2s', poll_interval: '100ms', watch_interval: '500ms' },
};

test('a process that was halted while another one took over with a changed schema undoes nothing when it wakes up', async () => {
  const fixture = shop({ customers: 60 });
  await using site = await Deployment.create(fixture);
  if (site.capture === 'auto') throw new Error('Which capture it is has to be said.');
  await site.reconfigure({ captureOptions: soon[site.capture] });
  await using former = await Contender.start(site);
  await former.untilPhase('live');
  site.attend(former.process);
  await site.converged();
  await former.end('halted');

  const { customers, ...rest } = fixture.indexes;
  if (customers === undefined) throw new Error('The shop has customers.');
  const changed = {
    schema: customers.schema.replace('- text: name\n', '- text: name\n            - integer: id\n'),
    expected: customers.expected.replace("'name', c.name", "'name', c.name, 'id', c.id"),
  };
  await site.reconfigure({ indexes: { ...rest, customers: changed } });
  await using later = await Contender.start(site);
  await later.untilPhase('live');
  site.attend(later.process);
  await site.converged();
  const { client, prefix } = site.search;
  const made = async () => ({
    aliases: (await client.indices.getAlias({ index: `${prefix}*`, expand_wildcards: 'all' })).body,
    generations: (await generationRecords(site))
      .map(({ index, hash, number, epoch, seeded }) => ({ index, hash, number, epoch, seeded }))
      .toSorted((a, b) => a.index.localeCompare(b.index)),
    mechanisms: await mechanisms(site),
  });
  const before = await made();
  later.mark();
  former.mark();

  await former.comeBack();
  await former.untilPhase('standing by');
  expect(await made()).toEqual(before);
  await site.database.query("UPDATE customers SET name = 'after' WHERE id <= 10");
  await site.converged();
  expect(await made()).toEqual(before);
  expect(later.since.filter(({ msg }) => msg === 'phase' || msg === 'promoted')).toEqual([]);
  const tried = ['provisioning', 'backfilling', 'live'];
  expect(
    former.since.filter(({ msg, phase }) => msg === 'promoted' || tried.includes(String(phase))),
  ).toEqual([]);
});
