import { expect, test } from 'vitest';
import { transactionOf } from '../workload/transactions.ts';
import { worldOf } from '../world/world.ts';
import { faultKinds, planFaults } from './plan.ts';

const told = (seed: number, forMs = 60_000) =>
  planFaults(seed, 'wal', forMs).map(({ atMs, kind, what }) => `${atMs} ${kind}: ${what}`);

const written = (seed: number) => {
  const world = worldOf(seed);
  return Array.from({ length: 50 }, (_unused, n) => transactionOf(seed, world, n % 4, n));
};

test('a seed decides all faults and all transactions', () => {
  expect(told(7)).toEqual(told(7));
  expect(written(7)).toEqual(written(7));
  expect(told(8)).not.toEqual(told(7));
  expect(written(8)).not.toEqual(written(7));
});

test('every kind of fault has its turn', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    for (const { kind } of planFaults(seed, 'wal', 60_000)) seen.add(kind);
  }
  expect([...seen].sort()).toEqual([...faultKinds].sort());
});

test('what one fault is about is left alone by the others meanwhile', () => {
  const plan = planFaults(3, 'triggers', 600_000);
  for (const [at, fault] of plan.entries()) {
    const meanwhile = plan.slice(at + 1).filter(({ atMs }) => atMs < fault.atMs + fault.lastsMs);
    expect(meanwhile.filter(({ uses }) => uses.some((resource) => fault.uses.includes(resource)))).toEqual(
      [],
    );
  }
});
