import type { ErrorCode } from './catalogue.ts';
import type { SourceLocation } from './source-location.ts';

/** Something wrong in a file of the user's, with its place. */
export interface FileDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: ErrorCode;
  /** What is wrong with what. Names the key, so that it can be read without the frame. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly location: SourceLocation;
}
