import type { Diagnostic, ErrorCode, SourcePath } from '@sluice/core';

/** Collects what is wrong with one schema. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];

  error(code: ErrorCode, path: SourcePath, message: string, hint?: string): void {
    this.#add('error', code, path, message, hint);
  }

  warning(code: ErrorCode, path: SourcePath, message: string, hint?: string): void {
    this.#add('warning', code, path, message, hint);
  }

  get failed(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error');
  }

  #add(
    severity: Diagnostic['severity'],
    code: ErrorCode,
    path: SourcePath,
    message: string,
    hint?: string,
  ): void {
    const known = this.diagnostics.some((other) => other.message === message && samePath(other.path, path));
    if (known) return;
    this.diagnostics.push({ severity, code, message, path, ...(hint === undefined ? {} : { hint }) });
  }
}

function samePath(left: SourcePath, right: SourcePath): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
