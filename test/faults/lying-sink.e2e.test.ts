import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { shop } from './harness/shop.ts';

const forgetful = `
export default {
  api: 1,
  kind: 'sink',
  name: 'forgetful',
  summary: 'Reports one document fewer than it was given',
  options: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  create: () => ({
    ordering: 'versioned',
    fingerprint: () => null,
    ensureIndex: async () => {},
    write: async ({ documents }) => ({
      accepted: documents.length - 1, conflicts: 0, highestHeld: null, rejected: [],
    }),
    close: async () => {},
  }),
};`;

test('a sink that does not account for every document ends the run, and nothing is acknowledged', async () => {
  await using site = await Deployment.create({
    ...shop(),
    sinks: { forgetful: { plugin: './forgetful.js' } },
  });
  await writeFile(join(site.directory, 'forgetful.js'), forgetful);
  await writeFile(join(site.directory, 'package.json'), '{"type":"module"}');
  const ending = await site.run().untilEnded();
  expect(ending.code).toBe(1);
  expect(ending.log).toContain('SLUICE_PLUGIN_NONCONFORMING');
  expect(ending.log).toMatch(/was given \d+ documents and reports \d+ accepted/);
});
