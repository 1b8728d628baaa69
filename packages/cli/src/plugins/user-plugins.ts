import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';

/** How a plugin of this user came to be: copied by `plugins install`, or used where it lies. */
export type Addition = 'installed' | 'linked';

/** A plugin that this user installed or linked. */
export interface UserPlugin {
  readonly package: string;
  readonly version: string;
  /** What the user asked for, without credentials: `sluice-sink-kafka@1`, a folder, a tarball. */
  readonly from: string;
  /** The package's directory, absolute. */
  readonly root: string;
}

/**
 * What `sluice plugins` adds, below the user's data directory:
 *
 * - `plugins/linked/NAME.json` and `plugins/installed/NAME.json`: one record per plugin;
 * - `plugins/trees/…`: for each installed one a directory with a node_modules of its own, so that no
 *   plugin's dependencies are another's.
 *
 * A record is written whole or not at all, and after its tree: a process killed on the way leaves what
 * was there before, and at worst a tree that nothing names (see `removeUnusedTrees`).
 */
export interface UserPlugins {
  list(addition: Addition): Promise<readonly UserPlugin[]>;
  /** null where it is not among them. */
  find(addition: Addition, name: string): Promise<UserPlugin | null>;
  /** Durable when it resolves; takes the place of an earlier one of the same package. */
  put(addition: Addition, plugin: UserPlugin): Promise<void>;
  /** When it resolves, no later command sees it. */
  remove(addition: Addition, name: string): Promise<void>;
  /** A new empty directory, for one plugin. */
  makeTree(): Promise<string>;
  /** Deletes trees that no record names and that nobody can still be filling. */
  removeUnusedTrees(): Promise<void>;
}

/** @param dataDir oclif's: `SLUICE_DATA_DIR`, or `sluice` among the user's data */
export function userPlugins(dataDir: string): UserPlugins {
  const base = join(dataDir, 'plugins');
  const trees = join(base, 'trees');
  const fileOf = (addition: Addition, name: string): string =>
    join(base, addition, `${name.replace('/', '+')}.json`);

  const list = async (addition: Addition): Promise<readonly UserPlugin[]> => {
    const names = await namesIn(join(base, addition));
    const files = names.filter((name) => name.endsWith('.json')).map((name) => join(base, addition, name));
    return files.map((file) => readRecord(file, base)).filter((record) => record !== null);
  };

  return {
    list,
    find: async (addition, name) => readRecord(fileOf(addition, name), base),
    put: async (addition, plugin) => {
      const file = fileOf(addition, plugin.package);
      const root = addition === 'installed' ? relative(base, plugin.root) : plugin.root;
      await mkdir(join(base, addition), { recursive: true });
      const written = `${file}.${process.pid}`;
      await writeFile(written, `${JSON.stringify({ ...plugin, root }, null, 2)}\n`, { flush: true });
      await rename(written, file);
    },
    remove: (addition, name) => rm(fileOf(addition, name), { force: true }),
    makeTree: async () => {
      await mkdir(trees, { recursive: true });
      return mkdtemp(join(trees, `${process.pid}-`));
    },
    removeUnusedTrees: async () => {
      const used = new Set((await list('installed')).map(({ root }) => treeOf(relative(trees, root))));
      for (const name of await namesIn(trees)) {
        if (used.has(name) || isRunning(Number.parseInt(name, 10))) continue;
        await rm(join(trees, name), { recursive: true, force: true });
      }
    },
  };
}

function treeOf(path: string): string | undefined {
  return path.split(sep)[0];
}

/** Whether a process may still be filling its tree. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** null where there is none, or none that this user may read. Synchronous: dozens are read at each start. */
function readRecord(file: string, base: string): UserPlugin | null {
  let record: Readonly<Record<string, unknown>>;
  try {
    record = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  // A record that was damaged is a plugin that is not there: listed as such, and to be uninstalled.
  const root = typeof record['root'] === 'string' ? resolve(base, record['root']) : file;
  return { package: nameOf(file), version: textOf(record['version']), from: textOf(record['from']), root };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function nameOf(file: string): string {
  return basename(file, '.json').replace('+', '/');
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** A service that may not look into a home directory has no plugins there. */
function isAbsent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(code);
}
