import { type Random, randomOf } from '../random.ts';
import type { World } from '../world/world.ts';

/** What one writer does at once. */
export interface Transaction {
  readonly statements: readonly string[];
  /** `alone`: each statement commits itself. A prepared one ends a moment later, from anywhere. */
  readonly end: 'alone' | 'commit' | 'rollback' | 'prepare and commit' | 'prepare and roll back';
  /** Between two statements, and between preparing and ending. */
  readonly pauseMs: number;
}

/** The n-th transaction of a writer: the same for the same seed. */
export function transactionOf(seed: number, world: World, writer: number, n: number): Transaction {
  const random = randomOf(seed, 'transaction', writer, n);
  const operations = () => world.operation(random).sql(random);
  if (random.chance(60)) return { statements: [operations()], end: 'alone', pauseMs: 0 };
  const statements = Array.from({ length: random.between(1, 6) }, operations);
  return {
    statements: random.chance(25) ? withSavepoint(random, statements) : statements,
    end: random.weighted([
      { weight: 80, end: 'commit' as const },
      { weight: 10, end: 'rollback' as const },
      { weight: 7, end: 'prepare and commit' as const },
      { weight: 3, end: 'prepare and roll back' as const },
    ]).end,
    // Now and then one that stays open while everything else goes on.
    pauseMs: random.chance(3) ? random.between(200, 1_500) : random.chance(30) ? random.below(20) : 0,
  };
}

function withSavepoint(random: Random, statements: readonly string[]): readonly string[] {
  const from = random.below(statements.length);
  const to = random.between(from, statements.length - 1);
  return [
    ...statements.slice(0, from),
    'SAVEPOINT here',
    ...statements.slice(from, to + 1),
    random.chance(50) ? 'ROLLBACK TO here' : 'RELEASE here',
    ...statements.slice(to + 1),
  ];
}
