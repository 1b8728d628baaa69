import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import { expectEnded } from '../e2e/harness/expect-ended.ts';
import { manyRows, numbers } from './harness/numbers.ts';

test.each([
  ['at the start of the first range', 3],
  ['at the start of a range in the middle', 4_100],
  ['in the last range', manyRows - 3_900],
])(
  'a document rejected %s of a first fill stops it; once its row is mended, a restart leaves none out',
  async (_where, id) => {
    await using site = await Deployment.create({ ...numbers(), marker: 'none' });
    await site.database.query('UPDATE numbers SET small = 300 WHERE id = $1', [id]);
    const ending = await site.run().untilEnded();
    expectEnded(ending, 1);
    expect(ending.log).toContain('SLUICE_SINK_REJECTED');
    expect((await site.indexed('numbers')).size).toBe(0);

    await site.database.query('UPDATE numbers SET small = 30 WHERE id = $1', [id]);
    await site.start();
    await site.converged();
    expect((await site.indexed('numbers')).size).toBe(manyRows);
  },
);
