import { isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import { nextDelay } from '../backoff.ts';
import type { RunState } from '../run/run-state.ts';

/** Between two questions who leads: the longest is what a takeover waits for at most. */
const questions = { firstMs: 200, maxMs: 1_200 };
/** Between two attempts to lead where nobody seems to, and it failed nevertheless. */
const attempts = { firstMs: 200, maxMs: 5_000 };
/** A run that is to come to an end waits this long: as long as one that was killed may seem to lead. */
const oncePatienceMs = 20_000;

/** What is known of standing by, from the first failure to lead to the session that leads. */
export interface Standing {
  readonly since: number;
  /** What was told of it: the same is not told again. */
  told: string;
  /** Attempts to lead since it was last seen that somebody does. */
  attempts: number;
}

/**
 * Waits while another process leads: resolves when nobody seems to. Tells once who it is.
 *
 * @param why the error by which a session could not lead
 * @throws SLUICE_CAPTURE_IN_USE with `once`, after a while; the signal's reason
 */
export async function standBy(run: RunState, why: Told): Promise<void> {
  const { observer, options } = run;
  run.standing ??= { since: performance.now(), told: '', attempts: 0 };
  const { standing } = run;
  if (standing.told === '') observer.phase('standing by');
  if (standing.told !== why.message) {
    standing.told = why.message;
    observer.info({ message: `standing by: ${why.message}` });
  }
  standing.attempts += 1;
  let ms = nextDelay(standing.attempts, Math.random(), attempts);
  for (let asked = 1; ; asked += 1) {
    if (options.once === true && performance.now() - standing.since > oncePatienceMs) throw onceError(why);
    await delay(ms, options.signal);
    if (!(await somebodyLeads(run))) return;
    standing.attempts = 0;
    ms = nextDelay(asked, Math.random(), questions);
  }
}

/** An error of a plugin is not ours by its class. */
type Told = Pick<SluiceError, 'message'>;

/** As far as captures can be asked; whatever keeps one from answering is found out by the next session. */
async function somebodyLeads({ captures, options }: RunState): Promise<boolean> {
  for (const { capture } of captures.length > 0 ? captures : options.capture.allowed) {
    try {
      if (((await capture.heldBy?.()) ?? null) !== null) return true;
    } catch (error) {
      if (!isSluiceError(error)) throw error;
    }
  }
  return false;
}

function onceError(why: Told): SluiceError {
  return new SluiceError(
    'SLUICE_CAPTURE_IN_USE',
    `another process keeps the indexes in step: ${why.message}`,
    {
      hint: 'Leave it to that one, or stop it first: --once fills and drains by itself, and cannot do so beside another.',
      cause: why,
    },
  );
}
