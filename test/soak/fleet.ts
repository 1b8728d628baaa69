import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../e2e/harness/deployment.ts';
import type { SluiceProcess } from '../e2e/harness/sluice-process.ts';
import type { Timeline } from './timeline.ts';

/** A process that ended without being told to. */
export interface Departure {
  readonly number: number;
  readonly code: number | null;
  readonly lastWords: string;
}

interface Member {
  readonly number: number;
  readonly process: SluiceProcess;
  /** Somebody means to end it. */
  doomed: boolean;
  /** What it said last of how far it is. */
  phase: unknown;
}

/** The error that it ended with, as far as one was told. */
function lastWords(log: string): string {
  return log.slice(Math.max(log.lastIndexOf('\nerror: '), log.length - 1_500)).trim();
}

/** Enough for one deployment of this size, and far below what is in the tables. */
const heapMiB = 256;
/** What SIGTERM leaves for the drain, and more. */
const stopDeadlineMs = 60_000;

/** The processes of one deployment, kept running as a service manager does. */
export class Fleet implements AsyncDisposable {
  readonly #site: Deployment;
  readonly #timeline: Timeline;
  readonly #members: Member[] = [];
  readonly #departures: Departure[] = [];
  readonly #watching: Promise<void>;
  #closed = false;
  /** While somebody is at it, nobody else starts anything. */
  #hands = 0;

  constructor(site: Deployment, timeline: Timeline) {
    this.#site = site;
    this.#timeline = timeline;
    this.#watching = this.#watch();
  }

  /** Those that run, oldest first. */
  get running(): readonly SluiceProcess[] {
    return this.#members.filter(({ process }) => process.ending === null).map(({ process }) => process);
  }

  /** One of them follows the source, as far as is known. */
  get live(): boolean {
    return this.#members.some(({ process, phase }) => process.ending === null && phase === 'live');
  }

  /** Every process that ever ran. */
  get all(): readonly { readonly number: number; readonly process: SluiceProcess }[] {
    return this.#members;
  }

  get departures(): readonly Departure[] {
    return this.#departures;
  }

  start(): SluiceProcess {
    const process = this.#site.run({ heapMiB });
    const number = this.#members.length + 1;
    this.#members.push({ number, process, doomed: false, phase: null });
    this.#timeline.say(`process ${number} starts, pid ${process.pid}`);
    return process;
  }

  /** Keeps the service manager's hands off what runs in `work`. */
  async takeOver<T>(work: () => Promise<T>): Promise<T> {
    this.#hands += 1;
    try {
      return await work();
    } finally {
      this.#hands -= 1;
    }
  }

  async kill(process: SluiceProcess): Promise<void> {
    this.#doom(process);
    await process.kill();
  }

  /** SIGTERM. One that does not end, or not as it should, has departed. */
  async stop(process: SluiceProcess): Promise<void> {
    this.#doom(process);
    const patience = new AbortController();
    const late = delay(stopDeadlineMs, null, { signal: patience.signal }).catch(() => null);
    const ending = await Promise.race([process.stop(), late]);
    patience.abort();
    if (ending === null) {
      this.#departed(process, `it did not end within ${stopDeadlineMs} ms of SIGTERM`);
      await process.kill();
      return;
    }
    // Before it has said anything it does not listen to signals yet.
    const young = ending.code === null && ending.log === '';
    if (ending.code !== 143 && !young) this.#departed(process, 'after SIGTERM');
  }

  #departed(process: SluiceProcess, how: string): void {
    const number = this.#members.find((member) => member.process === process)?.number ?? 0;
    const code = process.ending?.code ?? null;
    this.#departures.push({ number, code, lastWords: `${how}: ${lastWords(process.log)}` });
    this.#timeline.say(`process ${number} ended with ${code}, ${how}`);
  }

  async killAll(): Promise<void> {
    await Promise.all(this.running.map((process) => this.kill(process)));
  }

  #doom(process: SluiceProcess): void {
    for (const member of this.#members) if (member.process === process) member.doomed = true;
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      for (const member of this.#members) {
        const { ending, events } = member.process;
        const phase = events.findLast(({ msg }) => msg === 'phase')?.['phase'];
        if (phase !== undefined && phase !== member.phase) {
          member.phase = phase;
          this.#timeline.say(`process ${member.number}: ${JSON.stringify(phase)}`);
        }
        if (ending === null || member.doomed) continue;
        member.doomed = true;
        this.#departed(member.process, 'by itself');
      }
      if (this.#hands === 0 && this.#members.length > 0 && this.running.length === 0) this.start();
      await delay(300);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#watching;
    await this.killAll();
  }
}
