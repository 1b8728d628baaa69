// How long a command takes to begin: `node bench/startup/run.mjs`. Numbers are printed, nothing is asserted.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { discoverPlugins } from '@sluice/core/plugins';

const command = join(
  dirname(createRequire(import.meta.url).resolve('@sluice/cli/package.json')),
  'bin/run.js',
);
const directory = await mkdtemp(join(tmpdir(), 'sluice-startup-'));
const data = join(directory, 'data');
const [empty, project] = [join(directory, 'empty'), join(directory, 'project')];
await Promise.all([mkdir(empty), mkdir(project)]);

const installed = await installPlugins(50);
await addPackages(1_000);

report('node -e 0, for comparison', commands(['-e', '0'], empty, {}, []));
report('sluice --help', commands(['--help'], empty, {}));
report('sluice run --help', commands(['run', '--help'], empty, {}));
report('sluice plugins list, none installed', commands(['plugins', 'list'], empty, {}));
report('sluice plugins list, 50 installed', commands(['plugins', 'list'], empty, { SLUICE_DATA_DIR: data }));
report('discovery of 50 installed plugins', await inProcess(empty, installed));
report('discovery of 50 among 1,000 packages of a project', await inProcess(project, []));
await rm(directory, { recursive: true });

/** As `sluice plugins install` leaves them. */
async function installPlugins(count) {
  const names = Array.from({ length: count }, (_, number) => `sluice-sink-${number}`);
  return Promise.all(
    names.map(async (name, number) => {
      const path = join('trees', String(number), 'node_modules', name);
      await writePackage(join(data, 'plugins', path), name, `sink-${number}`);
      const record = { package: name, version: '1.0.0', from: name, root: path };
      await mkdir(join(data, 'plugins/installed'), { recursive: true });
      await writeFile(join(data, 'plugins/installed', `${name}.json`), JSON.stringify(record));
      return { name, root: join(data, 'plugins', path) };
    }),
  );
}

/** A project's node_modules, in which every twentieth package is a plugin. */
async function addPackages(count) {
  for (let number = 0; number < count; number += 1) {
    const name = `package-${number}`;
    await writePackage(
      join(project, 'node_modules', name),
      name,
      number % 20 === 0 ? `sink-${number}` : null,
    );
  }
}

async function writePackage(root, name, plugin) {
  const sluice = plugin === null ? undefined : { api: 1, kind: 'sink', name: plugin, entry: './index.js' };
  const json = { name, version: '1.0.0', type: 'module', description: 'x'.repeat(1_000), sluice };
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify(json, null, 2));
  await writeFile(join(root, 'index.js'), 'export default {};\n');
}

function commands(args, cwd, env, before = [command]) {
  return Array.from({ length: 15 }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [...before, ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}.`);
    return performance.now() - started;
  });
}

async function inProcess(baseDir, packages) {
  const times = [];
  for (let run = 0; run < 15; run += 1) {
    const started = performance.now();
    const places = await discoverPlugins(baseDir, [{ origin: 'installed', packages }]);
    times.push(performance.now() - started);
    const found = places.flatMap(({ plugins }) => plugins).length;
    if (found !== 50) throw new Error(`It found ${found} plugins.`);
  }
  return times;
}

function report(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const number = (value) => value.toFixed(value < 100 ? 1 : 0).padStart(6);
  console.log(
    `${what.padEnd(52)} median ${number(median)} ms, first ${number(times[0])}, best ${number(sorted[0])}`,
  );
}
