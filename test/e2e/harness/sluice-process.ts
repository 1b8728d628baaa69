import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { waitFor } from '../../support/wait.ts';

const manifest = createRequire(import.meta.url).resolve('@sluice/cli/package.json');
const command = join(dirname(manifest), 'bin/run.js');

/** How the process ended. */
export interface Ending {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly log: string;
}

export interface ProcessOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** `--max-old-space-size`, in MiB. */
  readonly heapMiB?: number | undefined;
}

/** One event of the log, as `--log-format json` writes it. */
export interface LogEvent {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The real command as a user's shell would run it. */
export class SluiceProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ending>;
  #output = '';
  #log = '';
  readonly #events: LogEvent[] = [];
  /** How much of the log is in the events. */
  #parsed = 0;
  #ending: Ending | null = null;

  constructor({ args, cwd, env, heapMiB }: ProcessOptions) {
    const heap = heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` };
    this.#child = spawn(process.execPath, [command, ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1', ...env, ...heap },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
      const end = this.#log.lastIndexOf('\n') + 1;
      for (const line of this.#log.slice(this.#parsed, end).split('\n')) {
        if (line.startsWith('{')) this.#events.push(JSON.parse(line));
      }
      this.#parsed = Math.max(this.#parsed, end);
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#ending = { code: typeof code === 'number' ? code : null, output: this.#output, log: this.#log };
      return this.#ending;
    });
  }

  /** undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** Standard error so far. */
  get log(): string {
    return this.#log;
  }

  /** null while it runs. */
  get ending(): Ending | null {
    return this.#ending;
  }

  /** What was logged so far, oldest first. */
  get events(): readonly LogEvent[] {
    return this.#events;
  }

  /** @throws Error with what was logged, where the process is not running any more */
  assertRunning(): void {
    if (this.#ending === null) return;
    throw new Error(`Sluice ended with ${this.#ending.code}:\n${this.#ending.log.slice(-4_000)}`);
  }

  /** Resolves when an event of the log fits. Rejects as soon as the process ends. */
  async untilLogged(what: string, fits: (event: LogEvent) => boolean, deadlineMs = 60_000): Promise<void> {
    try {
      await waitFor(() => this.#ending !== null || this.events.some(fits), { what, deadlineMs });
    } catch (error) {
      throw new Error(`${String(error)}\n${this.#log.slice(-4_000)}`);
    }
    if (!this.events.some(fits)) this.assertRunning();
  }

  /** Filled, and following. */
  async untilLive(deadlineMs?: number): Promise<void> {
    await this.untilLogged(
      'Sluice to be live',
      ({ msg, phase }) => msg === 'phase' && phase === 'live',
      deadlineMs,
    );
  }

  async untilEnded(): Promise<Ending> {
    return this.#ended;
  }

  /** Sends a signal and waits for nothing. */
  signal(name: NodeJS.Signals): void {
    if (this.#ending === null) this.#child.kill(name);
  }

  /** As a service manager stops it: SIGTERM, then it drains. */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    return this.#ended;
  }

  /** As if the machine were gone: SIGKILL. */
  async kill(): Promise<Ending> {
    this.signal('SIGKILL');
    return this.#ended;
  }
}
