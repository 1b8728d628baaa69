import type { DocumentBuilder } from '../../contracts/index.ts';
import type { CaptureChoice } from '../captures/captures.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import type { FieldDifference } from './exact-json.ts';

/** A part of the documents, chosen at random: a share of all (0 to 1), or about so many. */
export type Sample = { readonly share: number } | { readonly documents: number };

export interface VerifyOptions {
  readonly indexes: readonly EngineIndex[];
  readonly documents: DocumentBuilder;
  readonly capture: CaptureChoice;
  readonly sinks: readonly EngineSink[];
  /** `promoted`: what users search. A number: that generation. `all`: every complete one. */
  readonly generations: 'promoted' | 'all' | number;
  /** null: every document. */
  readonly sample: Sample | null;
  /** Build what differs again, and write it. */
  readonly repair: boolean;
  /** How long a running process may take to make durable what was committed when it was asked, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly index: string;
  readonly sink: string;
  readonly generation: number;
  /** Rows read from the source so far, of about so many. */
  readonly compared: number;
  readonly total: number;
  /** Places of the sink looked up in the source so far. */
  readonly listed: number;
  /** Documents that may differ: looked at again. */
  readonly suspected: number;
}

/**
 * What is wrong with a document. `missing`: the sink has none. `extra`: the source has none. `stale`: the
 * sink holds a version from before the row's last change. `type`: every field that differs is of another
 * JSON type. `different`: it says something else. `future`: the sink holds a version that the source has
 * not reached, so something else wrote it. `unbuildable`: an expression fails on the row, so nobody knows.
 * `unsettled`: it kept changing, or the running process did not catch up, so nothing is known.
 */
export const differenceKinds = [
  'missing',
  'extra',
  'stale',
  'type',
  'different',
  'future',
  'unbuildable',
  'unsettled',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];
export type DifferenceCounts = Readonly<Record<DifferenceKind, number>>;

export interface Difference {
  readonly kind: DifferenceKind;
  readonly id: string;
  readonly routing: string | null;
  /** Text values of the root row's key; empty where the id is none of any row. */
  readonly key: readonly string[];
  /** The version that the sink holds, as it holds it; null: none. */
  readonly heldVersion: bigint | null;
  /** N of the snapshot that the expected document is from. */
  readonly version: bigint;
  /** The first fields that differ; empty where a whole document does. */
  readonly fields: readonly FieldDifference[];
  /** For people: why nothing is known, or why it was not mended; null: nothing to say. */
  readonly reason: string | null;
}

/** A difference as it is told of. */
export interface ListedDifference extends Difference {
  /** It was wrong, and `repair` made it right. */
  readonly mended: boolean;
}

/** Something wrong with a generation as a whole. */
export interface IndexProblem {
  /** `alias`: users do not search this generation. `index`: the physical index is gone. */
  readonly kind: 'alias' | 'index';
  readonly message: string;
  readonly repaired: boolean;
}

/** What the comparison of one generation in one sink found. */
export interface Verification {
  readonly index: string;
  readonly sink: string;
  readonly generation: number;
  readonly hash: string;
  /** Users search it. */
  readonly promoted: boolean;
  /** Documents of the source that were compared. */
  readonly compared: number;
  /** Documents of the sink that were looked up in the source. */
  readonly listed: number;
  /** The part of both that was chosen at random, of whole ranges of rows, and the estimated rows. null: all were. */
  readonly sample: { readonly share: number; readonly rows: number } | null;
  /** N of the snapshots that it began and ended with. */
  readonly from: bigint;
  readonly to: bigint;
  readonly epoch: number;
  /** The last position of the capture that was waited for; null: it was not necessary, or nobody follows. */
  readonly barrier: string | null;
  /** Whether a process keeps the generation in step: else what it has not heard of counts as differences. */
  readonly followed: boolean;
  readonly problems: readonly IndexProblem[];
  /** How many of each kind are wrong; mended ones are not. */
  readonly counts: DifferenceCounts;
  /** The first ones, those that are still wrong before those that were mended. */
  readonly differences: readonly ListedDifference[];
  /** How many were wrong and are right now; of each kind. */
  readonly repaired: number;
  readonly repairedCounts: DifferenceCounts;
  /** Documents that differ as the policy of the index allows. */
  readonly exceptions: { readonly deadLetters: number; readonly skipped: number };
  /** What a reader of the result has to know. */
  readonly notes: readonly string[];
  readonly durationMs: number;
}

export interface SkippedVerification {
  readonly index: string;
  readonly sink: string;
  readonly reason: string;
}

export interface VerifyResult {
  readonly verifications: readonly Verification[];
  /** What could not be verified, and was not asked for by name. */
  readonly skipped: readonly SkippedVerification[];
}

/** Nothing is wrong, and nothing unknown. */
export function isEqual({ counts, problems }: Verification): boolean {
  return differenceKinds.every((kind) => counts[kind] === 0) && problems.every(({ repaired }) => repaired);
}
