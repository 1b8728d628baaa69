import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A folder outside of the repository in which plugins can be built: `@sluice/core` is there as it would
 * be published, and what a plugin's author installs from the registry as the repository has it.
 */
export interface PluginWorkshop extends AsyncDisposable {
  readonly folder: string;
  /** Runs a program of `node_modules/.bin`, or `node` or `npm`, in a folder of the workshop. */
  run(place: string, command: string, ...args: readonly string[]): Promise<Ran>;
  /** Runs the compiled `sluice`. */
  sluice(place: string, ...args: readonly string[]): Promise<Ran>;
  /** Replaces text in a file; throws where it is not there once. */
  replace(file: string, from: string, to: string): Promise<void>;
}

/** What the templates' package.json asks the registry for, and what `@sluice/core` itself needs. */
const installed = ['typescript', 'vitest', '@types/node'];

export async function pluginWorkshop(): Promise<PluginWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-workshop-'));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@sluice/core'), { recursive: true });
  await mkdir(join(modules, '.bin'));

  const core = join(root, 'packages/core');
  const { stdout } = await run(root, 'npm', ['pack', core, '--json', '--pack-destination', folder]);
  const [packed]: readonly { readonly filename: string }[] = JSON.parse(stdout);
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`);
  const tarball = join(folder, packed.filename);
  await run(folder, 'tar', ['-xzf', tarball, '-C', join(modules, '@sluice/core'), '--strip-components=1']);

  const { dependencies } = JSON.parse(await readFile(join(core, 'package.json'), 'utf8'));
  for (const name of [...installed, ...Object.keys(dependencies)]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of ['tsc', 'vitest']) {
    await symlink(join(root, 'node_modules/.bin', name), join(modules, '.bin', name));
  }

  return {
    folder,
    run: (place, command, ...args) => run(join(folder, place), command, args, join(modules, '.bin')),
    sluice: (place, ...args) =>
      run(join(folder, place), process.execPath, [join(root, 'packages/cli/bin/run.js'), ...args]),
    replace: async (file, from, to) => {
      const path = join(folder, file);
      const parts = (await readFile(path, 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`${file} has "${from}" ${parts.length - 1} times`);
      await writeFile(path, parts.join(to));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function run(cwd: string, command: string, args: readonly string[], bin?: string): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH: bin === undefined ? PATH : `${bin}:${PATH}`, HOME, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      const exit = error === null ? 0 : error.code;
      if (typeof exit === 'number') resolve({ exit, stdout, stderr });
      else reject(new Error(`${command} did not run: ${stderr}`, { cause: error }));
    });
  });
}
