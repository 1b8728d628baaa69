import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import type { FileDiagnostic } from './file-diagnostic.ts';
import type { SourceLocation } from './source-location.ts';

export interface SluiceErrorDetails {
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly location?: SourceLocation | undefined;
  /** Everything wrong in the user's files, where the error is about those. */
  readonly diagnostics?: readonly FileDiagnostic[] | undefined;
  /** The diagnostics with their frames, secrets redacted, ready to print. */
  readonly report?: string | undefined;
}

const mark = Symbol.for('sluice.error');

/**
 * The one error class. `message` says what happened to what; `hint` what to do. Recognise it with
 * `isSluiceError`, never with `instanceof`: a plugin may have its own copy of this package.
 */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly location: SourceLocation | undefined;
  /** Sorted by file and place; empty where the error is not about the user's files. */
  readonly diagnostics: readonly FileDiagnostic[];
  /** What to print in place of `message` and `hint` where it is set. */
  readonly report: string | undefined;

  constructor(code: ErrorCode, message: string, details: SluiceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.hint = details.hint;
    this.location = details.location;
    this.diagnostics = details.diagnostics ?? [];
    this.report = details.report;
    Object.defineProperty(this, mark, { value: true, enumerable: false });
  }

  /** The process exit code this error leads to. */
  get exitCode(): 1 | 2 | 3 {
    return errorCatalogue[this.code].exit;
  }
}

export function isSluiceError(error: unknown, code?: ErrorCode): error is SluiceError {
  if (typeof error !== 'object' || error === null || !(mark in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/** The error as a SluiceError: itself, or wrapped as SLUICE_INTERNAL. */
export function asSluiceError(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  return new SluiceError('SLUICE_INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
