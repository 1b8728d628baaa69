import { visibleText } from '@sluice/core';
import { EndedBySignal } from '../signals.ts';
import { describeError, type ErrorDescription, type Problem, plainExitCode } from './describe-error.ts';
import { errorEnvelope, printEnvelope } from './envelope.ts';
import { withoutSecrets } from './hidden-secrets.ts';
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
  const described = presentable(describeError(error));
  if (target.json) target.stdout.write(`${printEnvelope(errorEnvelope(described))}\n`);
  else target.stderr.write(`${renderError(described, paletteFor(target.stderr, target.env))}\n`);
  if (target.env['DEBUG'] !== undefined && target.env['DEBUG'] !== '')
    target.stderr.write(presentableText(stacks(error)));
  return described.exit;
}

/** Without secrets, and without what commands a terminal: much of an error is a server's own words. */
function presentable(error: ErrorDescription): ErrorDescription {
  const { several, report } = error;
  return {
    ...error,
    ...presentableProblem(error),
    errors: error.errors.map(presentableProblem),
    ...(report === undefined ? {} : { report: presentableText(report) }),
    ...(several === undefined ? {} : { several: several.map(presentable) }),
  };
}

function presentableProblem({ code, message, hint, location }: Problem): Problem {
  return {
    code,
    message: presentableText(message),
    hint: hint === undefined ? undefined : presentableText(hint),
    location: location === undefined ? undefined : { ...location, file: presentableText(location.file) },
  };
}

function presentableText(text: string): string {
  return visibleText(withoutSecrets(text));
}

/** The stack of an error and of its causes: only for someone who set DEBUG. */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (primaryError(error) !== error) return stacks(primaryError(error));
  const cause = error.cause === undefined ? '' : stacks(error.cause);
  return `\n${error.stack ?? error.message}\n${cause}`;
}
