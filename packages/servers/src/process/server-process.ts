import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { untilReady } from '../until-ready.ts';
import { allStopped, anyRunning, descendants, runningProcesses, signalAll } from './process-tree.ts';
import { giveTo, type ServerUser } from './server-user.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/** How to run one server. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly user: ServerUser | undefined;
  /** Asks for an orderly shutdown. */
  readonly stopSignal: NodeJS.Signals;
  /** Rejects until the server answers. */
  readonly probe: () => Promise<void>;
  readonly bootDeadlineMs: number;
}

/** Characters. */
const logTail = 4_000;
const stopDeadlineMs = 30_000;

/** A folder of a server's own, made for the account that it runs under and guarded by a watchdog. */
export class ServerHome implements AsyncDisposable {
  readonly path: string;
  readonly user: ServerUser | undefined;
  readonly watchdog: Watchdog;

  private constructor(path: string, user: ServerUser | undefined, watchdog: Watchdog) {
    this.path = path;
    this.user = user;
    this.watchdog = watchdog;
  }

  /** @param dieWith the signal with which the watchdog ends the server */
  static async make(
    name: string,
    user: ServerUser | undefined,
    dieWith: 'QUIT' | 'KILL',
  ): Promise<ServerHome> {
    const path = await mkdtemp(join(tmpdir(), `sluice-${name}-`));
    const watchdog = startWatchdog(path, dieWith);
    await chmod(path, 0o700);
    await giveTo(path, user);
    return new ServerHome(path, user, watchdog);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    this.watchdog.dismiss();
  }
}

/**
 * One server as a child process, in a session of its own: Ctrl-C in the terminal must not end it before
 * those who use it have finished. It writes to a file and not to a pipe, which would fill while we are busy.
 */
export class ServerProcess {
  readonly #launch: Launch;
  readonly #home: ServerHome;
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(home: ServerHome, launch: Launch) {
    this.#home = home;
    this.#launch = launch;
    this.#log = join(home.path, 'server.log');
  }

  /**
   * Resolves when the server answers.
   *
   * @throws Error with the end of the server's log when it does not
   */
  async start(): Promise<void> {
    const { command, args, environment, user, probe, bootDeadlineMs } = this.#launch;
    const log = await open(this.#log, 'a');
    const child = spawn(command, args, {
      cwd: this.#home.path,
      env: environment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
    this.#child = child;
    let spawnError: Error | undefined;
    child.on('error', (error) => {
      spawnError = error;
    });
    if (child.pid !== undefined) this.#home.watchdog.watch(child.pid);
    child.unref();
    await log.close();
    const ended = () =>
      spawnError === undefined ? endOf(child) : `it cannot be started: ${spawnError.message}`;
    try {
      await untilReady({ probe, ended, deadlineMs: bootDeadlineMs });
    } catch (cause) {
      await this.kill();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${reason}; the end of its log:\n${await this.logs()}`, { cause });
    }
  }

  /** An orderly shutdown; after half a minute, or where it has died already, a kill. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || endOf(child) !== undefined) return await this.kill();
    await this.resume();
    child.ref();
    const exited = once(child, 'exit');
    process.kill(child.pid, this.#launch.stopSignal);
    const patience = new AbortController();
    await Promise.race([
      exited,
      delay(stopDeadlineMs, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    await this.kill();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const tree = treeOf(child);
    const running = endOf(child) === undefined;
    this.#child = undefined;
    const exited = running ? once(child, 'exit') : Promise.resolve();
    if (running) child.ref();
    signalAll(tree, 'SIGKILL');
    await exited;
    // The next start needs the shared memory and the files that the last process still holds.
    while (anyRunning(tree)) await delay(10);
  }

  async pause(): Promise<void> {
    const pids = treeOf(this.#child);
    signalAll(pids, 'SIGSTOP');
    for (let looks = 0; looks < 200 && !allStopped(pids); looks += 1) await delay(5);
  }

  async resume(): Promise<void> {
    signalAll(treeOf(this.#child).reverse(), 'SIGCONT');
  }

  async logs(): Promise<string> {
    const text = await readFile(this.#log, 'utf8').catch(() => '');
    return text.slice(-logTail);
  }
}

/** The server's processes; none once it has ended, because its pid may belong to somebody else by then. */
function treeOf(child: ChildProcess | undefined): number[] {
  if (child?.pid === undefined || endOf(child) !== undefined) return [];
  return descendants(child.pid, runningProcesses());
}

function endOf(child: ChildProcess): string | undefined {
  if (child.exitCode !== null) return `it ended with exit code ${child.exitCode}`;
  if (child.signalCode !== null) return `it was ended by ${child.signalCode}`;
  return undefined;
}
