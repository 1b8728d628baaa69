import type { CaptureHealth, Observer, SafetyLevel } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import type { NamedCapture } from '../captures/captures.ts';
import { judgeSafety, rises, type SafetyLimits, safetyHint } from './safety.ts';

export interface SafetyWatchOptions {
  readonly limits: SafetyLimits;
  readonly observer: Required<Observer>;
  /** Between two looks, in ms. */
  readonly everyMs: number;
  /** Whether this run may make again what it lets go of. */
  readonly provision: boolean;
}

/** How long others may keep the source from letting go, in ms. */
const releasePatienceMs = 15_000;

/** What is known of one capture, for as long as the run lasts. */
interface Watched {
  level: SafetyLevel;
  health: CaptureHealth | null;
  /** When the limit was passed, in ms of `Date.now`; null while it is not. */
  over: number | null;
}

/** What is to be let go of, since the limit was passed for a while. */
export class ReleaseDue extends Error {
  override readonly name = 'ReleaseDue';
  readonly capture: NamedCapture;

  constructor(capture: NamedCapture, reason: string) {
    super(reason);
    this.capture = capture;
  }
}

/** One capture at one moment, as it was seen last. */
export interface CaptureSafety {
  readonly capture: string;
  readonly health: CaptureHealth;
  readonly level: SafetyLevel;
}

/**
 * Watches what the source keeps for this deployment, whether a session follows it or one is waited for.
 * It warns once for each level, and says when it is time to let go.
 */
export class SafetyWatch {
  readonly #options: SafetyWatchOptions;
  readonly #watched = new Map<string, Watched>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SafetyWatchOptions) {
    this.#options = options;
  }

  /** As they were seen last. */
  get seen(): readonly CaptureSafety[] {
    return [...this.#watched].flatMap(([capture, { health, level }]) =>
      health === null ? [] : [{ capture, health, level }],
    );
  }

  /** Looks again and again beside a session. Rejects with `ReleaseDue`; resolves when the signal aborts. */
  async run(captures: readonly NamedCapture[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = await this.look(captures, 'followed');
      if (due !== null) throw due;
      try {
        await delay(this.#options.everyMs, signal);
      } catch {
        return;
      }
    }
  }

  /**
   * One look, where the last one is not a moment ago.
   *
   * @param state `waiting`: no session of this run follows them. What somebody else reads then is theirs to
   * let go of.
   */
  async look(captures: readonly NamedCapture[], state: 'followed' | 'waiting'): Promise<ReleaseDue | null> {
    if (state === 'waiting' && Date.now() - this.#lookedAt < this.#options.everyMs) return null;
    this.#lookedAt = Date.now();
    let due: ReleaseDue | null = null;
    for (const named of captures) due ??= await this.#lookAt(named, state);
    return due;
  }

  async #lookAt(named: NamedCapture, state: 'followed' | 'waiting'): Promise<ReleaseDue | null> {
    const { limits, observer } = this.#options;
    const { name } = named.plugin;
    const health = await this.#ask(named);
    if (health === null || (health.state === 'absent' && !this.#watched.has(name))) return null;
    const watched = this.#watchedOf(name);
    const { level, reasons } = judgeSafety(health, limits, watched.level);
    const former = watched.level;
    watched.level = level;
    watched.health = health;
    watched.over = level === 'limit' ? (watched.over ?? Date.now()) : null;
    observer.health({ capture: name, health, level });
    if (rises(former, level)) this.#warn(name, health, level, reasons);
    else if (level === 'fine' && former !== 'fine') {
      observer.info({ message: `the source keeps little again for ${name}` });
    }
    if (!this.#isDue(named, watched) || (state === 'waiting' && health.heldBy !== undefined)) return null;
    return new ReleaseDue(named, reasons.join('; '));
  }

  #isDue({ capture }: NamedCapture, { over }: Watched): boolean {
    const { limits, provision } = this.#options;
    const allowed = limits.atLimit === 'release' && provision && capture.release !== undefined;
    return allowed && over !== null && Date.now() - over >= limits.releaseAfterMs;
  }

  #warn(name: string, health: CaptureHealth, level: SafetyLevel, reasons: readonly string[]): void {
    const { limits, observer } = this.#options;
    const what = level === 'limit' ? 'is at its limit' : 'keeps more and more';
    observer.warning({
      code: 'SLUICE_CAPTURE_BEHIND',
      message: `the source ${what} for ${name}: ${reasons.join('; ')}`,
      hint: safetyHint(limits, health),
    });
  }

  /** A source that does not answer is told of by whoever follows it. */
  async #ask({ capture }: NamedCapture): Promise<CaptureHealth | null> {
    try {
      return (await capture.health?.()) ?? null;
    } catch (error) {
      if (isSluiceError(error)) return null;
      throw error;
    }
  }

  #watchedOf(name: string): Watched {
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const watched: Watched = { level: 'fine', health: null, over: null };
    this.#watched.set(name, watched);
    return watched;
  }

  /**
   * Lets go. Resolves in any case: what could not be let go of is told, and tried again after a while.
   */
  async release({ capture: named, message }: ReleaseDue, signal: AbortSignal): Promise<void> {
    const { observer } = this.#options;
    const { name } = named.plugin;
    const watched = this.#watchedOf(name);
    // Meanwhile nobody follows: whoever keeps a lock must not keep the indexes from going on.
    const limited = AbortSignal.any([signal, AbortSignal.timeout(releasePatienceMs)]);
    try {
      const done = await named.capture.release?.(message, {
        signal: limited,
        onWait: (told) => observer.info({ message: told }),
      });
      Object.assign(watched, { level: 'fine', over: null });
      if (done === undefined || done.length === 0) return;
      observer.released({ capture: name, reason: message });
      observer.warning({
        code: 'SLUICE_CAPTURE_RELEASED',
        message: `the source was made to let go of what it kept for ${name}, and every index is reconciled: ${message}`,
        hint: 'What was not delivered is found by reading all rows again; what was deleted meanwhile is removed. Until that is done documents may be older than their rows.',
      });
    } catch (failure) {
      if (signal.aborted) return;
      const error = limited.aborted ? lockedOut() : failure;
      if (!isSluiceError(error)) throw error;
      watched.over = Date.now();
      observer.warning({
        code: error.code,
        message: `the source could not be made to let go of what it keeps for ${name}: ${error.message}`,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  }
}

function lockedOut(): SluiceError {
  return new SluiceError(
    'SLUICE_CAPTURE_WAITING',
    `a transaction of somebody else kept a lock for ${releasePatienceMs / 1000} s; it is tried again`,
  );
}
