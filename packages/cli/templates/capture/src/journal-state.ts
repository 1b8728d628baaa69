import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What the capture remembers beside the journal. */
export interface JournalState {
  /** Another one for each mechanism that was provisioned. */
  readonly id: string;
  /** The tables covered, `["schema","name"]`. */
  readonly tables: readonly string[];
  /** Everything before this offset is acknowledged. */
  readonly acknowledged: number;
}

/** The folder beside the journal in which the capture keeps its state. */
export function stateFolder(file: string): string {
  return `${file}.sluice`;
}

/** null: never provisioned, or gone. */
export async function readState(folder: string): Promise<JournalState | null> {
  const text = await absentAsNull(readFile(join(folder, 'state.json'), 'utf8'));
  if (text === null) return null;
  return { ...JSON.parse(text), acknowledged: Number(await readFile(join(folder, 'position'), 'utf8')) };
}

/** Whoever streams saves the position, and whoever provisions the rest: so they are two files. */
export async function savePosition(folder: string, acknowledged: number): Promise<void> {
  await writeDurably(folder, 'position', String(acknowledged));
}

/** The position must be there first. */
export async function saveTables(
  folder: string,
  { id, tables }: Omit<JournalState, 'acknowledged'>,
): Promise<void> {
  await writeDurably(folder, 'state.json', JSON.stringify({ id, tables }));
}

/** A reader sees the former content or the new one, never a part; durable when it resolves. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `${randomUUID()}.tmp`);
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(folder, name));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export async function makeStateFolder(folder: string): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
}

/** What was there. */
export async function removeStateFolder(folder: string): Promise<readonly string[]> {
  const names = await absentAsNull(readdir(folder));
  if (names === null) return [];
  await rm(folder, { recursive: true, force: true });
  return [folder];
}

/** The process that streams: it has the lock as long as it lives. Processes of one machine see each other. */
export interface Lock {
  readonly holder: string;
  release(): Promise<void>;
}

/** The lock; or, where another living process holds it, who that is. */
export async function takeLock(folder: string): Promise<Lock | string> {
  const path = join(folder, 'lock');
  const holder = `process ${process.pid} since ${new Date().toISOString()} ${randomUUID()}`;
  for (;;) {
    try {
      const handle = await open(path, 'wx');
      try {
        await handle.writeFile(holder);
      } finally {
        await handle.close();
      }
      return {
        holder,
        release: async () => {
          if ((await lockHolder(folder)) === holder) await rm(path, { force: true });
        },
      };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      const other = await lockHolder(folder);
      if (other !== null) return other;
      // Its process has died.
      await rm(path, { force: true });
    }
  }
}

/** Who holds the lock; null where nobody that lives does. */
export async function lockHolder(folder: string): Promise<string | null> {
  const text = await absentAsNull(readFile(join(folder, 'lock'), 'utf8'));
  if (text === null) return null;
  const pid = Number(/^process (\d+)/.exec(text)?.[1]);
  return Number.isInteger(pid) && isAlive(pid) ? text : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

async function absentAsNull<Result>(read: Promise<Result>): Promise<Result | null> {
  try {
    return await read;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
