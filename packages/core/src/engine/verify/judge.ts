import type { DocumentKey, HeldBody } from '../../contracts/index.ts';
import type { BarrierOutcome } from './barrier-wait.ts';
import { canonicalText, fieldDifferences, parseExactJson } from './exact-json.ts';
import type { Difference } from './verify-options.ts';

/** Fields that are told of one document, at most. */
const mostFields = 20;

/** What a document was at one snapshot; null: there was none. */
export interface Expected {
  readonly key: DocumentKey;
  readonly version: bigint;
  readonly body: string | null;
}

export interface JudgeQuestion {
  readonly expected: Expected;
  /** What the sink held at a time after that snapshot. */
  readonly held: HeldBody | null;
  /** That snapshot's version, as the sink stores it. */
  readonly limit: bigint;
  /** The version of a snapshot taken after the sink was read; null where nothing held was above its limit. */
  readonly now: bigint | null;
  /**
   * What was waited for between snapshot and sink. `unknown`: nothing yet, so a difference may be a change on
   * its way. `nobody`: there is nobody to wait for, so that counts as a difference.
   */
  readonly outcome: BarrierOutcome | 'unknown';
  /** What the document was the last time that the sink was without it after a barrier. */
  readonly missedBefore: string | null;
}

export type Judged =
  | { readonly verdict: 'equal' }
  | { readonly verdict: 'again' }
  | { readonly verdict: 'different'; readonly difference: Difference };

/** Whether a document is right, wrong, or has to be looked at again. */
export function judge(question: JudgeQuestion): Judged {
  const { expected, held, limit, now, outcome, missedBefore } = question;
  if (held !== null && now !== null && held.version > now) {
    return different(question, { kind: 'future', fields: [] });
  }
  if (sameBody(expected.body, held?.body ?? null)) return { verdict: 'equal' };
  if (outcome === 'unknown' || outcome === 'late') return { verdict: 'again' };
  if (held === null) {
    // It may have been deleted after the snapshot, and made again since: a delete has no version to see.
    const certain = outcome === 'nobody' || missedBefore === expected.body;
    return certain ? different(question, { kind: 'missing', fields: [] }) : { verdict: 'again' };
  }
  if (held.version > limit) return { verdict: 'again' };
  if (expected.body === null) return different(question, { kind: 'extra', fields: [] });
  const fields = fieldDifferences(parseExactJson(expected.body), parseExactJson(held.body), mostFields);
  const kind = fields.every(({ otherType }) => otherType) ? 'type' : 'different';
  return different(question, { kind, fields });
}

function different(
  { expected: { key, version }, held }: JudgeQuestion,
  what: Pick<Difference, 'kind' | 'fields'>,
): Judged {
  const { key: values, id, routing } = key;
  const heldVersion = held?.version ?? null;
  return {
    verdict: 'different',
    difference: { ...what, key: values, id, routing, version, heldVersion, reason: null },
  };
}

/** Byte for byte, or else value for value. */
export function sameBody(expected: string | null, held: string | null): boolean {
  if (expected === null || held === null) return expected === held;
  if (expected === held) return true;
  return canonicalText(parseExactJson(expected)) === canonicalText(parseExactJson(held));
}
