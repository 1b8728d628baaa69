import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process and its parent. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
}

/** `root` and everything that descends from it, parents first. */
export function descendants(root: number, entries: readonly ProcessEntry[]): number[] {
  const found = [root];
  for (let index = 0; index < found.length; index += 1) {
    for (const { pid, parent } of entries) if (parent === found[index]) found.push(pid);
  }
  return found;
}

/**
 * Postgres puts each of its processes into a session of its own, so a signal to the process group does
 * not reach them. From /proc where there is one, because small images come without `ps`.
 */
export function runningProcesses(): ProcessEntry[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => {
      const [pid = '', parent = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent) };
    });
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // "pid (command, which may hold anything) state parent …": proc(5).
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return []; // It ended between the two reads.
      }
    });
}

/** Sends the signal; a process that has ended meanwhile is no error. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** Whether any of the processes still runs. A zombie has ended: it only waits for its parent. */
export function anyRunning(pids: readonly number[]): boolean {
  const alive = new Set(runningProcesses().map(({ pid }) => pid));
  return pids.some((pid) => alive.has(pid) && !isZombie(pid));
}

function isZombie(pid: number): boolean {
  return process.platform === 'linux' && (stateIn(`/proc/${pid}/stat`) ?? 'Z') === 'Z';
}

/** Whether every thread has stopped: a signal reaches the threads of a process one after the other. */
export function allStopped(pids: readonly number[]): boolean {
  if (process.platform !== 'linux') return true;
  return pids.every((pid) => threadsOf(pid).every((thread) => 'TtZX'.includes(stateIn(thread) ?? 'X')));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/stat`);
  } catch {
    return []; // It ended meanwhile.
  }
}

/** The one letter of a process or thread; null where there is none any more. */
function stateIn(file: string): string | null {
  try {
    const stat = readFileSync(file, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return null;
  }
}
