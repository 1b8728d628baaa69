import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PackageRegistry, startPackageRegistry } from '../support/package-registry.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** How this machine reaches its registry stays; what it says of Sluice, and of the npm that started this, goes. */
const outside = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:sluice_|npm_|node_options$|vitest)/i.test(name)),
);

export interface Finished {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `sluice` as a stranger has it: the packed packages in a project of their own, far from this repository. */
export interface PackedCommand extends AsyncDisposable {
  /** Everything of this test; nothing is written anywhere else, npm's cache aside. */
  readonly directory: string;
  /** The empty project that the tarballs were installed in. */
  readonly project: string;
  /** Has the packed packages and what is published to it, and sends npm on for all others. */
  readonly registry: PackageRegistry;
  /** Names of the installed packages of `@sluice`. */
  readonly packages: readonly string[];
  /** Runs the packed `sluice`. */
  sluice(args: readonly string[], cwd?: string): Promise<Finished>;
  /** Runs npm with the registry. Throws when it fails. */
  npm(args: readonly string[], cwd: string): Promise<string>;
}

/** Packs every public workspace and installs the tarballs. */
export async function installPacked(env: Readonly<Record<string, string>>): Promise<PackedCommand> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-packed-'));
  const [tarballs, project] = [join(directory, 'tarballs'), join(directory, 'project')];
  await Promise.all([mkdir(tarballs), mkdir(project)]);
  const upstream = (await execute('npm', ['config', 'get', 'registry'], directory, {})).stdout.trim();
  const registry = await startPackageRegistry(upstream);

  const { PATH = '', HOME = '' } = process.env;
  const own = {
    PATH,
    HOME,
    SLUICE_DATA_DIR: join(directory, 'data'),
    npm_config_registry: registry.url,
    ...env,
  };
  const npm = async (args: readonly string[], cwd: string): Promise<string> => {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    const { exit, stdout, stderr } = await execute('npm', [...args, ...quiet], cwd, own);
    if (exit !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}${stdout}`);
    return stdout;
  };

  const workspaces = (await readdir(join(repository, 'packages'))).map(
    (name) => `--workspace=packages/${name}`,
  );
  await npm(['pack', ...workspaces, '--pack-destination', tarballs], repository);
  // The manifest of commands is made for the package; left behind, it would hide new commands here.
  await rm(join(repository, 'packages/cli/oclif.manifest.json'), { force: true });
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  for (const file of files) await registry.publish(file);

  await writeFile(join(project, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--ignore-scripts', ...files], project);
  return {
    directory,
    project,
    registry,
    packages: await readdir(join(project, 'node_modules/@sluice')),
    sluice: (args, cwd = project) => execute(join(project, 'node_modules/.bin/sluice'), args, cwd, own),
    npm,
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function execute(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...outside, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(file, [...args], options, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) resolve({ exit: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exit: error.code, stdout, stderr });
      else reject(new Error(error.message, { cause: error }));
    });
  });
}
