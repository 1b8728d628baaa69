import type { Diagnostic, ErrorCode, SourcePath, TableName } from '@sluice/core';
import { tableLabel } from '@sluice/postgres';

/** Collects what is wrong with one schema. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];

  readonly #unreadable = new Map<string, { readonly table: TableName; readonly diagnostic: Diagnostic }>();

  /** The role may not read what the schema needs of this table: told once per table. */
  unreadable(table: TableName, column: string, path: SourcePath): void {
    const label = tableLabel(table);
    if (this.#unreadable.has(label)) return;
    this.error('SLUICE_SCHEMA_PRIVILEGE', path, `This role may not read column "${column}" of ${label}.`);
    const diagnostic = this.diagnostics.at(-1);
    if (diagnostic !== undefined) this.#unreadable.set(label, { table, diagnostic });
  }

  /** Tables that the role may not read, or not all of what is needed. */
  get unreadableTables(): readonly TableName[] {
    return [...this.#unreadable.values()].map(({ table }) => table);
  }

  /** Gives the first of those problems what would mend all of them. */
  hintUnreadable(hint: string): void {
    const [first] = this.#unreadable.values();
    const at = first === undefined ? -1 : this.diagnostics.indexOf(first.diagnostic);
    if (first !== undefined && at >= 0) this.diagnostics[at] = { ...first.diagnostic, hint };
  }

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
