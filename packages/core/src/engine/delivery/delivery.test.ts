import { expect, test } from 'vitest';
import { removalsFirst, VersionClock } from './delivery.ts';

const document = (id: string, routing: string | null, body: string | null) => ({
  key: [id],
  id,
  routing,
  version: 1n,
  body,
});

test('a document that moved to another routing is removed in a write before the one that adds it', () => {
  const gone = document('1', 'eu', null);
  const here = document('1', 'us', '{}');
  const other = document('2', 'eu', '{}');
  const deleted = document('3', 'eu', null);
  expect(removalsFirst([gone, here, other, deleted])).toEqual([[gone], [here, other, deleted]]);
});

test('documents that did not move are one write', () => {
  const documents = [document('1', null, '{}'), document('2', 'eu', null)];
  expect(removalsFirst(documents)).toEqual([documents]);
});

test('a source that is behind what it showed before has restarted its history, until every generation knows', () => {
  const versions = new VersionClock();
  versions.observe(120n);
  versions.observe(90n);
  versions.compare(120n);
  expect(versions.restart).toBeNull();
  versions.compare(119n);
  expect(versions.restart?.reason).toMatch(/finished fewer transactions \(119\) than it had before \(120\)/);
  versions.compare(500n);
  expect(versions.restart).not.toBeNull();
  versions.begin(119n);
  expect(versions).toMatchObject({ latest: 119n, restart: null });
});
