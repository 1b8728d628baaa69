import type { DeadLetter } from '@sluice/core';
import type { DeadLetterBox } from '@sluice/core/engine';

/** A dead letter as `--json` gives it. */
export interface ShownLetter {
  readonly index: string;
  readonly sink: string;
  readonly generation: number;
  readonly key: readonly string[];
  readonly id: string;
  readonly routing: string | null;
  /** Of the state that could not be written, with its epoch; decimal. */
  readonly version: string;
  readonly cause: DeadLetter['cause'];
  readonly reason: string;
  /** ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly count: number;
}

export function shownLetter({ record, sink }: DeadLetterBox, letter: DeadLetter): ShownLetter {
  const { key, id, routing, version, cause, reason, firstAt, lastAt, count } = letter;
  return {
    index: record.index,
    sink: sink.name,
    generation: record.number,
    key,
    id,
    routing,
    version: version.toString(),
    cause,
    reason,
    firstAt: new Date(firstAt).toISOString(),
    lastAt: new Date(lastAt).toISOString(),
    count,
  };
}

/** How a row is named on a command line. */
export function keyText(key: readonly string[]): string {
  return printable(key.join(' '));
}

/** On one line, and without what would steer a terminal: keys and reasons hold whatever rows hold. */
export function printable(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
}

const longestReason = 100;

/** One line of a reason. */
export function shortReason(reason: string): string {
  const line = printable(reason);
  return line.length > longestReason ? `${line.slice(0, longestReason - 1)}…` : line;
}
