import { primaryError } from './output/primary-error.ts';

/** How long a drain may take after the first signal, in ms. */
const drainLimit = 30_000;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Stop = keyof typeof exitCodes;

export interface SignalSource {
  on(name: Stop, listener: () => void): unknown;
  off(name: Stop, listener: () => void): unknown;
}

export interface StopOptions {
  /** Told once, at the first signal. */
  readonly onStop?: (name: Stop) => void;
  readonly source?: SignalSource;
  /** Leaves at once: a second signal, or a drain past its limit. */
  readonly exit?: (code: number) => void;
}

/**
 * A signal was asked to end the work, and it failed on its way out. Whoever sent the signal wanted it
 * to end: the exit code is that of the signal, whatever failed while closing.
 */
export class EndedBySignal extends Error {
  override readonly name = 'EndedBySignal';
  readonly exitCode: number;
  /** The exit code where nothing but the signal is to be told of; else null. */
  readonly silentExit: number | null;

  constructor(exitCode: number, cause: unknown, reason: unknown) {
    super('The work was ended by a signal.', { cause });
    this.exitCode = exitCode;
    this.silentExit = primaryError(cause) === reason ? exitCode : null;
  }
}

/**
 * Runs `work` until it is done or a signal comes. The first SIGINT or SIGTERM aborts the signal that
 * `work` was given, which then drains; a second one, or 30 s, ends the process at once.
 *
 * @throws what `work` threw; after a signal `EndedBySignal` with that as its cause
 * @returns what `work` returned, and the exit code a signal asked for: 130, 143, or null for none
 */
export async function untilStopped<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { onStop, source = process, exit = (code) => process.exit(code) }: StopOptions = {},
): Promise<{ readonly result: Result; readonly exitCode: number | null }> {
  const controller = new AbortController();
  let code: number | null = null;
  let deadline: NodeJS.Timeout | undefined;
  const listen = (name: Stop) => () => {
    if (code !== null) return exit(exitCodes[name]);
    const chosen = exitCodes[name];
    code = chosen;
    deadline = setTimeout(() => exit(chosen), drainLimit);
    onStop?.(name);
    controller.abort(new Error(`Stopped by ${name}.`));
  };
  const listeners = { SIGINT: listen('SIGINT'), SIGTERM: listen('SIGTERM') };
  source.on('SIGINT', listeners.SIGINT);
  source.on('SIGTERM', listeners.SIGTERM);
  try {
    const result = await work(controller.signal);
    return { result, exitCode: code };
  } catch (error) {
    if (code === null) throw error;
    throw new EndedBySignal(code, error, controller.signal.reason);
  } finally {
    clearTimeout(deadline);
    source.off('SIGINT', listeners.SIGINT);
    source.off('SIGTERM', listeners.SIGTERM);
  }
}
