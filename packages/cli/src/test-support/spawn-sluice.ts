import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Finished {
  /** null where a signal ended it. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when stdout and stderr together match; rejects when the process ends before. */
  sees(pattern: RegExp): Promise<void>;
}

export interface SpawnOptions {
  readonly cwd?: string;
  /** Beside PATH and HOME; nothing else of this process reaches the command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the compiled command as a user would: a process of its own, without a terminal. */
export function spawnSluice(args: readonly string[], { cwd, env }: SpawnOptions = {}): Spawned {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [command, ...args], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, ...output }));
  });
  const sees = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(output.stdout + output.stderr)) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      look();
      finished.then(
        ({ exit, stdout, stderr }) =>
          reject(new Error(`It ended with ${exit} and never printed ${pattern}:\n${stdout}\n${stderr}`)),
        reject,
      );
    });
  return { child, finished, sees };
}

/** Runs the command to its end. */
export function sluice(args: readonly string[], options?: SpawnOptions): Promise<Finished> {
  return spawnSluice(args, options).finished;
}
