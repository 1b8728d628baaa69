import { expect, test, vi } from 'vitest';
import { pluginPackages } from '../../../core/test/plugin-packages.ts';
import { sluice } from '../test-support/spawn-sluice.ts';

// Each waits for the whole deadline of the compiled command: they do so side by side.
vi.setConfig({ testTimeout: 120_000 });

const plugin = (members: string) => `
const options = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
export default { api: 1, kind: 'sink', name: 'mine', summary: '', options, create() {}, ${members} };`;

const configuration = `
source: { connection: 'postgres://nobody@127.0.0.1:1/nothing' }
sinks: { mine: { plugin: mine } }
indexes: { users: { schema: users.schema.yml } }
`;

/** How a run with such a plugin ends. */
async function runWith(code: string): Promise<{ readonly exit: number | null; readonly message: string }> {
  await using packages = await pluginPackages();
  await packages.add('node_modules/mine', { code });
  await packages.write('users.schema.yml', 'table: users\nfields:\n  - text: name\n');
  await packages.write('sluice.yaml', configuration);
  const { exit, stdout } = await sluice(['run', '--once', '--json'], { cwd: packages.directory });
  const { error } = JSON.parse(stdout) as { error: { message: string } };
  return { exit, message: error.message };
}

test('a plugin that never answers is given up: at import, about its options, when it starts', async () => {
  const silence = 'new Promise(() => {})';
  const [atImport, aboutOptions, whenStarting] = await Promise.all([
    runWith(`await ${silence}`),
    runWith(plugin(`options: { '~standard': { validate: () => ${silence} } }`)),
    runWith(plugin(`create: () => ${silence}`)),
  ]);
  expect(atImport.message).toContain('its import did not end within 30 s');
  expect(aboutOptions.message).toContain('did not say within 30 s whether its options are right');
  expect(whenStarting.message).toContain('did not start within 30 s');
  expect([atImport.exit, aboutOptions.exit, whenStarting.exit]).toEqual([2, 2, 1]);
});
