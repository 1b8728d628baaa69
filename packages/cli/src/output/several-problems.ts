import type { ErrorDescription } from './describe-error.ts';

/**
 * Several failures of one command, told together: what a `check` finds. Its exit code and its first
 * problem are those of the most basic failure: usage and validation before environment.
 */
export class SeveralProblems extends Error {
  override readonly name = 'SeveralProblems';
  readonly problems: readonly ErrorDescription[];

  /** What is known nevertheless: the data of `--json`, which people were shown already. */
  readonly data: unknown;

  /** @param problems at least one */
  constructor(problems: readonly ErrorDescription[], data?: unknown) {
    super(problems.map(({ message }) => message).join('\n'));
    this.problems = [...problems].sort((a, b) => order(a) - order(b));
    this.data = data;
  }
}

function order({ exit }: ErrorDescription): number {
  return [2, 3, 1].indexOf(exit);
}
