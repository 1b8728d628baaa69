import type { Deployment } from './deployment.ts';
import type { Ending } from './sluice-process.ts';

/** One generation in the report of `sluice verify --json`; numbers beyond 2^53 are texts. */
export interface VerificationReport {
  readonly index: string;
  readonly followed: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly repaired: number;
  readonly repairedCounts: Readonly<Record<string, number>>;
  readonly exceptions: { readonly deadLetters: number; readonly skipped: number };
  readonly problems: readonly { readonly kind: string; readonly repaired: boolean }[];
  readonly differences: readonly {
    readonly kind: string;
    readonly id: string;
    readonly fields: readonly object[];
    readonly reason: string | null;
    readonly mended: boolean;
  }[];
  readonly notes: readonly string[];
}

/** `sluice verify --json` of one index, to its end. */
export async function verify(
  deployment: Deployment,
  ...args: readonly string[]
): Promise<{ readonly ending: Ending; readonly found: VerificationReport }> {
  const ending = await deployment.command('verify', ...args, '--json');
  const answer = JSON.parse(ending.output);
  if (answer.ok !== true) throw new Error(`${ending.output}\n${ending.log}`);
  return { ending, found: answer.data.verifications[0] };
}

/** `sluice verify` as people run it. */
export async function verified(
  deployment: Deployment,
  ...args: readonly string[]
): Promise<{ readonly ending: Ending; readonly output: string }> {
  const ending = await deployment.command('verify', ...args);
  return { ending, output: `${ending.output}${ending.log}` };
}
