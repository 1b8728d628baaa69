import type { SourcePath, StandardSchemaV1 } from '../contracts/index.ts';
import { isMapping } from './plain-data.ts';

/** A validator's issue as data, whichever library and copy made it. */
export interface LeafIssue {
  readonly path: SourcePath;
  readonly message: string;
  /** zod's kind of issue; '' for other libraries. */
  readonly code: string;
  /** zod's further fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The issues with their full paths. Of a union, those of the branch that the user seems to have
 * meant: the one whose kind of value (text, list, mapping) fits; where none fits, the union's own.
 */
export function leafIssues(issues: readonly StandardSchemaV1.Issue[]): readonly LeafIssue[] {
  return issues.flatMap((issue) => read(issue, []));
}

function read(issue: unknown, base: SourcePath): readonly LeafIssue[] {
  if (typeof issue !== 'object' || issue === null) return [];
  const fields: Readonly<Record<string, unknown>> = { ...issue };
  const path = [...base, ...pathOf(fields['path'])];
  const code = typeof fields['code'] === 'string' ? fields['code'] : '';
  const message = typeof fields['message'] === 'string' ? fields['message'].replace(/\.$/, '') : '';
  if (code === 'invalid_union') {
    const meant = branchesOf(fields).find((branch) => !branch.some(isMisfit));
    if (meant !== undefined) return meant.flatMap((inner) => read(inner, path));
  }
  // What is wrong with a key of a record is said by the issues within.
  if (code === 'invalid_key' && Array.isArray(fields['issues']) && fields['issues'].length > 0) {
    return fields['issues'].flatMap((inner) => read(inner, path));
  }
  return [{ path, message, code, fields }];
}

/** What a union expects at its own place, by zod's names of types. */
export function expectedByUnion(issue: LeafIssue): readonly unknown[] {
  const misfits = branchesOf(issue.fields).flatMap((branch) => branch.filter(isMisfit));
  return [...new Set(misfits.map((misfit) => (isMapping(misfit) ? misfit['expected'] : undefined)))];
}

function branchesOf(fields: Readonly<Record<string, unknown>>): readonly (readonly unknown[])[] {
  return Array.isArray(fields['errors']) ? fields['errors'].filter(Array.isArray) : [];
}

function isMisfit(issue: unknown): boolean {
  return isMapping(issue) && issue['code'] === 'invalid_type' && pathOf(issue['path']).length === 0;
}

function pathOf(path: unknown): SourcePath {
  if (!Array.isArray(path)) return [];
  return path.map((step: unknown) => {
    const key = typeof step === 'object' && step !== null && 'key' in step ? step.key : step;
    return typeof key === 'number' ? key : String(key);
  });
}
