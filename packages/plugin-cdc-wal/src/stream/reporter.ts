import type { Lsn } from '@sluice/postgres';
import { isSilent, nextReportAt, statusInterval } from './feedback.ts';
import type { Transport } from './transport.ts';

export interface ReporterOptions {
  readonly transport: Transport;
  readonly walSenderTimeout: number;
  /** What is durable now. */
  readonly acknowledged: () => Lsn;
  readonly onSilence: () => void;
}

/** Tells the server what is durable: soon after it changed, and regularly as a sign of life. */
export class Reporter {
  readonly #options: ReporterOptions;
  #timer: NodeJS.Timeout | undefined;
  #reported: Lsn;
  #reportedAt: number;
  #heardAt: number;
  #deaf = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#reported = options.acknowledged();
    this.#reportedAt = performance.now();
    this.#heardAt = this.#reportedAt;
    this.#schedule();
  }

  /** Something came from the server. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** A paused socket hears nothing, however alive the server is. */
  deafen(state: 'deaf' | 'hearing'): void {
    this.#deaf = state === 'deaf';
    this.heard();
  }

  /** More is durable than before. */
  advanced(): void {
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#options.acknowledged() > this.#reported) this.#report('no-answer');
  }

  #schedule(): void {
    const { walSenderTimeout, acknowledged } = this.#options;
    const state = { acknowledged: acknowledged(), reported: this.#reported, reportedAt: this.#reportedAt };
    const delay = nextReportAt(state, statusInterval(walSenderTimeout)) - performance.now();
    clearTimeout(this.#timer);
    if (delay <= 0) this.#tick();
    else this.#timer = setTimeout(() => this.#tick(), delay);
  }

  #tick(): void {
    const news = this.#options.acknowledged() > this.#reported;
    this.#report(news ? 'no-answer' : 'answer');
    if (!this.#deaf && isSilent(performance.now(), this.#heardAt, this.#options.walSenderTimeout)) {
      this.#options.onSilence();
      return;
    }
    this.#schedule();
  }

  #report(ask: 'answer' | 'no-answer'): void {
    this.#reported = this.#options.acknowledged();
    this.#reportedAt = performance.now();
    this.#options.transport.report(this.#reported, ask);
  }
}
