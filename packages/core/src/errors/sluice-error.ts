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

/**
 * What makes an error one of Sluice's, whichever copy of this package made it (`PluginContext.error`
 * does it for plugins): a `code` of the catalogue.
 */
export interface CodedError extends Error {
  readonly code: ErrorCode;
  readonly hint?: string | undefined;
  readonly location?: SourceLocation | undefined;
  readonly diagnostics?: readonly FileDiagnostic[] | undefined;
  readonly report?: string | undefined;
}

/**
 * The one error class of Sluice's own code. `message` says what happened to what; `hint` what to do.
 * Recognise it with `isSluiceError`, never with `instanceof`: a plugin may have its own copy of this
 * package, or none.
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
  }

  /** The process exit code this error leads to. */
  get exitCode(): 1 | 2 | 3 {
    return errorCatalogue[this.code].exit;
  }
}

/** Whether an error has a code of the catalogue, or this very code. By shape, whichever package made it. */
export function isSluiceError(error: unknown, code?: ErrorCode): error is CodedError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return code === undefined ? Object.hasOwn(errorCatalogue, error.code) : error.code === code;
}

/** The error as a SluiceError: itself, or made anew with its code and hint; SLUICE_INTERNAL where it has none. */
export function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!isSluiceError(error)) return new SluiceError('SLUICE_INTERNAL', message, { cause: error });
  const { code, hint, location, diagnostics, report } = error;
  return new SluiceError(code, message, { hint, location, diagnostics, report, cause: error });
}
