import type { ErrorDescription } from './describe-error.ts';

/**
 * Several failures of one command, told together: what a `check` finds. Its exit code and its first
 * problem are those of the most basic failure: usage and validation before environment.
 */
export class SeveralProblems extends Error {
  override readonly name = 'SeveralProblems';
  readonly problems: readonly ErrorDescription[];

  /** @param problems at least one */
  constructor(problems: readonly ErrorDescription[]) {
    super(problems.map(({ message }) => message).join('\n'));
    this.problems = [...problems].sort((a, b) => order(a) - order(b));
  }
}

function order({ exit }: ErrorDescription): number {
  return [2, 3, 1].indexOf(exit);
}
