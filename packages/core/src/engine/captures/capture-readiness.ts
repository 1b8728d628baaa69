import type { CaptureRequirements, CoverageProblem, CoverageReport } from '../../contracts/index.ts';
import { isSluiceError, SluiceError } from '../../errors/index.ts';
import type { NamedCapture } from './captures.ts';
import { notProvisionedError, obstaclesIn } from './readiness.ts';

export interface Obstacles {
  /** What keeps the capture from being followed; empty where nothing does. */
  readonly problems: readonly CoverageProblem[];
  /** Everything that the capture says of its mechanism. */
  readonly found: readonly CoverageProblem[];
  readonly mechanism: CoverageReport['mechanism'] | 'unknown';
  /** Another process that holds it, as far as it can be asked. */
  readonly heldBy: string | null;
}

/** Asks a capture; one that says by an error that it cannot work here has said it. */
export async function obstaclesTo(
  { capture }: NamedCapture,
  required: CaptureRequirements,
  provision: boolean,
): Promise<Obstacles> {
  try {
    const report = await capture.inspect(required);
    const { problems: found, mechanism, heldBy = null } = report;
    return { problems: obstaclesIn(report, provision), found, mechanism, heldBy };
  } catch (error) {
    // Neither a server that is away nor a wrong password says anything of the capture.
    if (!isSluiceError(error) || /^SLUICE_SOURCE_(?:UNAVAILABLE|REFUSED)$/.test(error.code)) throw error;
    const { code, message, hint } = error;
    const problems = [{ code, message, fixable: false, ...(hint === undefined ? {} : { hint }) }];
    return { problems, found: problems, mechanism: 'unknown', heldBy: null };
  }
}

/** Whoever holds a capture leads: nobody else touches a record, or judges whether it can be read. */
export async function requireFree({ capture }: NamedCapture, required: CaptureRequirements): Promise<void> {
  const { heldBy = null } = await capture.inspect(required);
  if (heldBy !== null) throw heldError(heldBy);
}

export function heldError(heldBy: string): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', `the capture is held by ${heldBy}`, {
    hint: 'This process stands by and takes over when that one ends.',
  });
}

/** Throws SLUICE_CAPTURE_NOT_PROVISIONED where the capture to change to cannot be made. */
export async function requirePossible(
  wanted: NamedCapture,
  required: CaptureRequirements,
  { provision, followed }: { readonly provision: boolean; readonly followed: string },
): Promise<void> {
  const { problems } = await obstaclesTo(wanted, required, provision);
  if (problems.length === 0) return;
  const error = notProvisionedError(problems, await wanted.capture.script(required));
  const { name } = wanted.plugin;
  throw new SluiceError(
    error.code,
    `${error.message}\nNothing was changed: the indexes follow ${followed}.`,
    {
      hint: `${error.hint ?? ''}\nUntil it has run, \`capture: ${followed}\` goes on as before; then \`capture: ${name}\` takes over without a rebuild.`,
    },
  );
}
