import { EndedBySignal } from '../signals.ts';
import { describeError, plainExitCode } from './describe-error.ts';
import { errorEnvelope, printEnvelope } from './envelope.ts';
import { paletteFor } from './palette.ts';
import { primaryError } from './primary-error.ts';
import { renderError } from './render-error.ts';

export interface ReportTarget {
  readonly json: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

/** Prints an error once, in the form asked for, and returns the exit code it leads to. */
export function reportError(error: unknown, target: ReportTarget): number {
  const plain = plainExitCode(error) ?? (error instanceof EndedBySignal ? error.silentExit : null);
  if (plain !== null) return plain;
  const described = describeError(error);
  if (target.json) target.stdout.write(`${printEnvelope(errorEnvelope(described))}\n`);
  else target.stderr.write(`${renderError(described, paletteFor(target.stderr, target.env))}\n`);
  if (target.env['DEBUG'] !== undefined && target.env['DEBUG'] !== '') target.stderr.write(stacks(error));
  return described.exit;
}

/** The stack of an error and of its causes: only for someone who set DEBUG. */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (primaryError(error) !== error) return stacks(primaryError(error));
  const cause = error.cause === undefined ? '' : stacks(error.cause);
  return `\n${error.stack ?? error.message}\n${cause}`;
}
