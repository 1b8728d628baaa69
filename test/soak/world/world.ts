import type { IndexFixture } from '../../e2e/harness/fixture.ts';
import { type Random, randomOf } from '../random.ts';
import type { Area, Operation } from './area.ts';
import { beatsSql } from './beats.ts';
import { identitiesArea } from './identities.ts';
import { keyArea, keyTypes } from './keys.ts';
import { listingsArea } from './listings.ts';
import { partitionsArea } from './partitions.ts';
import { shopArea } from './shop.ts';

/** All that one round has in its database. */
export interface World {
  /** What is in it, for people. */
  readonly areas: readonly string[];
  readonly tables: string;
  readonly indexes: Readonly<Record<string, IndexFixture>>;
  readonly changed: Readonly<Record<string, IndexFixture>>;
  readonly followed: readonly string[];
  readonly operation: (random: Random) => Operation;
}

/** The shop always, since its documents are watched; of the others a few, so that a round is small. */
export function worldOf(seed: number): World {
  const random = randomOf(seed, 'world');
  const customers = random.pick([40, 120, 600]);
  const others: readonly (readonly [string, Area])[] = [
    ...take(random, 1, Object.keys(keyTypes)).map((name) => [`keys ${name}`, keyArea(name)] as const),
    ...take(random, 1, [
      ['identities', identitiesArea()],
      ['listings', listingsArea()],
      ['partitions', partitionsArea()],
    ] as const),
  ];
  const areas = others.map(([, area]) => area);
  const shop = shopArea(customers);
  const all = [shop, ...areas];
  return {
    areas: [`shop of ${customers}`, ...others.map(([name]) => name)],
    tables: [beatsSql, ...all.map(({ tables }) => tables)].join('\n'),
    indexes: Object.assign({}, ...all.map(({ indexes }) => indexes)),
    changed: Object.assign({}, ...all.map(({ changed }) => changed ?? {})),
    followed: all.flatMap(({ followed }) => followed),
    operation: (choice) => choice.weighted((choice.chance(55) ? shop : choice.pick(areas)).operations),
  };
}

function take<T>(random: Random, count: number, things: readonly T[]): readonly T[] {
  const left = [...things];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
}
