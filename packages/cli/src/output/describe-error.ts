import {
  asSluiceError,
  type CodedError,
  errorCatalogue,
  isSluiceError,
  SluiceError,
  type SourceLocation,
} from '@sluice/core';
import { EndedBySignal } from '../signals.ts';
import { ComparisonFailed } from './comparison-failed.ts';
import { primaryError } from './primary-error.ts';
import { SeveralProblems } from './several-problems.ts';

/** One thing that is wrong. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly location?: SourceLocation | undefined;
}

/** What there is to say about an error, apart from how it is printed. */
export interface ErrorDescription extends Problem {
  /** Exit code of the process. */
  readonly exit: number;
  /** All problems where one error stands for several (a configuration with five mistakes). */
  readonly errors: readonly Problem[];
  /** Ready text with frames, in place of message and hint. */
  readonly report?: string | undefined;
  /** Failures of different kinds that are told one after the other. */
  readonly several?: readonly ErrorDescription[];
  /** What a command knows nevertheless, for programs. */
  readonly data?: unknown;
}

/**
 * Any error, in Sluice's terms: its own as they are, oclif's complaints about the command line as
 * SLUICE_USAGE, all others as SLUICE_INTERNAL.
 */
export function describeError(thrown: unknown): ErrorDescription {
  const error = primaryError(thrown);
  if (error instanceof EndedBySignal) return { ...describeError(error.cause), exit: error.exitCode };
  if (error instanceof ComparisonFailed) {
    const described = describeError(error.cause);
    return { ...described, exit: described.exit === 1 ? 3 : described.exit };
  }
  if (error instanceof SeveralProblems) return describeSeveral(error);
  if (isSluiceError(error)) return describeOwn(error);
  if (isOclifError(error)) return describeOclif(error);
  const internal = describeOwn(asSluiceError(error));
  return { ...internal, hint: 'Set DEBUG=1 to see where it happened, and report it.' };
}

function describeOwn(error: CodedError): ErrorDescription {
  const { code, message, hint, location, report } = error;
  const errors = (error.diagnostics ?? []).filter(({ severity }) => severity === 'error');
  return { code, message, hint, location, exit: errorCatalogue[code].exit, errors, report };
}

function describeSeveral({ message, problems, data }: SeveralProblems): ErrorDescription {
  const [first = describeOwn(new SluiceError('SLUICE_INTERNAL', message))] = problems;
  const errors = problems.flatMap((problem) => (problem.errors.length > 0 ? problem.errors : [problem]));
  return { ...first, errors, several: problems, ...(data === undefined ? {} : { data }) };
}

interface OclifError extends Error {
  readonly oclif: { readonly exit?: number };
}

function isOclifError(error: unknown): error is OclifError {
  return error instanceof Error && 'oclif' in error && typeof error.oclif === 'object';
}

function describeOclif(error: OclifError): ErrorDescription {
  const [message = error.message] = error.message.split('\nSee more help with --help');
  return {
    code: 'SLUICE_USAGE',
    message: message.trim(),
    hint: 'Add --help to see what the command takes.',
    exit: errorCatalogue.SLUICE_USAGE.exit,
    errors: [],
  };
}

/** oclif's way of saying "leave with this code": `this.exit(n)`. null for real errors. */
export function plainExitCode(error: unknown): number | null {
  if (!isOclifError(error) || !('code' in error) || error.code !== 'EEXIT') return null;
  return error.oclif.exit ?? 0;
}
