import { createHash } from 'node:crypto';
import type { RequiredTable } from '@sluice/core';
import type { IndexState, MemberState } from './state.ts';

/** What must be done so that old rows of a table tell all that its required links need. */
export type IdentityPlan =
  | { readonly kind: 'fine' }
  /** The primary key has all; the identity is NOTHING, or an index that is gone. */
  | { readonly kind: 'default' }
  /** An index that exists: a user's, or ours after a crash. */
  | { readonly kind: 'index'; readonly index: string }
  /** A unique index to be built over these columns; `invalid`: a former attempt's rest is there. */
  | {
      readonly kind: 'new-index';
      readonly index: string;
      readonly columns: readonly string[];
      readonly invalid: boolean;
    }
  | { readonly kind: 'full'; readonly reason: string }
  /** Nothing that may be set would do. */
  | { readonly kind: 'impossible'; readonly reason: string; readonly drift: boolean };

/** The columns that the log has of an old row; null for all of them; empty for none. */
export function loggedColumns(member: MemberState): readonly string[] | null {
  switch (member.identity) {
    case 'full':
      return null;
    case 'nothing':
      return [];
    case 'default':
      return keyColumns(member.indexes.find((index) => index.primary && index.immediate));
    case 'index':
      return keyColumns(member.indexes.find((index) => index.identity));
  }
}

/** Postgres lets the application update and delete rows of a published table only where it has an identity. */
export function hasIdentity(member: MemberState): boolean {
  return loggedColumns(member)?.length !== 0;
}

/** The links of the table whose old values the log leaves out. */
export function missingLinks(member: MemberState, required: RequiredTable): readonly string[] {
  const logged = loggedColumns(member);
  return logged === null ? [] : needed(required).filter((link) => !logged.includes(link));
}

/**
 * Decides how to make the identity hold the key and the links. It only ever widens: what is logged
 * now for whoever else reads the log stays logged.
 */
export function planIdentity(
  member: MemberState,
  required: RequiredTable,
  generated: GeneratedColumns,
): IdentityPlan {
  const unlogged = needed(required).find((name) => !isLogged(member, name, generated));
  if (unlogged !== undefined) {
    return { kind: 'impossible', reason: `its generated column ${unlogged} is not in the log`, drift: false };
  }
  const logged = loggedColumns(member);
  if (logged === null) return { kind: 'fine' };
  if (logged.length > 0 && missingLinks(member, required).length === 0) return { kind: 'fine' };

  const absent = needed(required).find((name) => !member.columns.some((column) => column.name === name));
  if (absent !== undefined) return { kind: 'impossible', reason: `it has no column ${absent}`, drift: true };
  const primary = keyColumns(member.indexes.find((index) => index.primary && index.immediate));
  if (primary.length === 0) return { kind: 'full', reason: 'it has no primary key' };

  const wanted = [...new Set([...primary, ...needed(required), ...logged])];
  if (logged.length === 0 && wanted.every((name) => primary.includes(name))) return { kind: 'default' };
  const unfit = wanted.find((name) => !fitsIdentity(member, name));
  if (unfit !== undefined) return { kind: 'full', reason: `its column ${unfit} may be NULL or is generated` };
  const existing = member.indexes.find((index) => servesAsIdentity(index, wanted));
  if (existing !== undefined) return { kind: 'index', index: existing.name };
  const long = wanted.find((name) => !fitsIndex(member, name));
  if (long !== undefined)
    return { kind: 'full', reason: `values of its column ${long} may be too long for an index` };
  if (wanted.length > 32)
    return { kind: 'full', reason: 'an index over all its links would have too many columns' };
  const index = indexName(member, wanted);
  return {
    kind: 'new-index',
    index,
    columns: wanted,
    invalid: member.indexes.some((other) => other.name === index),
  };
}

/** Whether stored generated columns can be published: from Postgres 18 on. */
export type GeneratedColumns = 'published' | 'left-out';

function isLogged(member: MemberState, name: string, generated: GeneratedColumns): boolean {
  const kind = member.columns.find((column) => column.name === name)?.generated ?? 'no';
  return kind === 'no' || (kind === 'stored' && generated === 'published');
}

/** Deterministic, so that a second attempt finds the first one's index. */
export function indexName(member: MemberState, columns: readonly string[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([member.oid, columns]))
    .digest('hex')
    .slice(0, 12);
  return `sluice_identity_${hash}`;
}

/** A child of a keyless table still needs its links; the key comes with them where there is one. */
function needed(required: RequiredTable): readonly string[] {
  return [...new Set([...required.key, ...required.links])];
}

function keyColumns(index: IndexState | undefined): readonly string[] {
  return index?.columns.filter((name) => name !== null) ?? [];
}

function servesAsIdentity(index: IndexState, wanted: readonly string[]): boolean {
  return (
    index.unique &&
    index.valid &&
    index.immediate &&
    !index.partial &&
    index.columns.length === wanted.length &&
    wanted.every((name) => index.columns.includes(name))
  );
}

function fitsIdentity(member: MemberState, name: string): boolean {
  const column = member.columns.find((candidate) => candidate.name === name);
  return column?.notNull === true && column.generated === 'no';
}

/** An index refuses values above 2,700 bytes: then the application's own INSERT would fail. */
function fitsIndex(member: MemberState, name: string): boolean {
  const column = member.columns.find((candidate) => candidate.name === name);
  if (column?.unbounded !== true || member.bounded.includes(name)) return true;
  return member.indexes.some((index) => index.valid && !index.partial && index.columns.includes(name));
}
