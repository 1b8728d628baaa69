import { expect, test } from 'vitest';
import { MemoryDatabase } from '../../../test/memory-database.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { chooseRanges } from './sample.ts';

const ranges = Array.from({ length: 1_000 }, (_, n) => ({ from: [String(n)], to: [String(n + 1)] }));

/** A table of 100,000 rows. */
class Table extends MemoryDocuments {
  override async split() {
    return { ranges, rows: 100_000 };
  }
}

const builder = new Table(new MemoryDatabase());
const plan = { schema: { index: 'x' }, key: ['id'], docId: ['id'], tables: [] };

test.each([
  ['everything', null, 1_000, 1],
  ['a share', { share: 0.05 }, 50, 0.05],
  ['so many documents', { documents: 2_000 }, 20, 0.02],
  ['a share that is no whole number of ranges', { share: 0.0104 }, 11, 0.011],
  ['a share so small that no range would do', { share: 1e-9 }, 1, 0.001],
  ['more than there are', { documents: 1_000_000 }, 1_000, 1],
] as const)('%s', async (_what, sample, count, share) => {
  // @ts-expect-error -- nothing here reads the schema
  const chosen = await chooseRanges(builder, plan, sample, 4_000);
  expect(chosen.ranges).toHaveLength(count);
  expect(new Set(chosen.ranges).size).toBe(count);
  expect(chosen).toMatchObject({ share, rows: 100_000 });
});

test('of a small table whole ranges are far more than what was asked for: their share counts', async () => {
  const small = new MemoryDocuments(new MemoryDatabase());
  small.split = async () => ({ ranges: ranges.slice(0, 3), rows: 500 });
  // @ts-expect-error -- nothing here reads the schema
  const chosen = await chooseRanges(small, plan, { share: 0.01 }, 4_000);
  expect(chosen).toMatchObject({ ranges: { length: 1 }, share: 1 / 3 });
});
