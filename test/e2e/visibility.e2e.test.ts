import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange, expectNoChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let articles: Deployment;
beforeAll(async () => {
  articles = await Deployment.start(await loadFixture('visibility'));
  return () => articles[Symbol.asyncDispose]();
});

const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a root row': {
    'is soft-deleted': 'UPDATE articles SET deleted_at = now() WHERE id = 6',
    'is brought back': 'UPDATE articles SET deleted_at = NULL WHERE id = 10',
    'leaves the filter': "UPDATE articles SET status = 'draft' WHERE id = 9",
    'leaves the filter by NULL': 'UPDATE articles SET status = NULL WHERE id = 13',
    'enters the filter': "UPDATE articles SET status = 'pinned' WHERE id = 8",
    'leaves a raw filter': "UPDATE articles SET title = 'hidden' WHERE id = 14",
    'enters a raw filter': "UPDATE articles SET words = 100, status = 'public' WHERE id = 1",
    'is inserted outside the filter and then enters it': `
      INSERT INTO articles VALUES (101, 'late', 'draft', 100, NULL, 1);
      UPDATE articles SET status = 'public' WHERE id = 101`,
    'is inserted soft-deleted and brought back': `
      INSERT INTO articles VALUES (102, 'late', 'public', 100, now(), 1);
      UPDATE articles SET deleted_at = NULL WHERE id = 102`,
    'is deleted while outside one of the sets': 'DELETE FROM articles WHERE id = 24',
    'changes what soft-delete depends on': 'UPDATE articles SET words = 650 WHERE id = 25',
    'leaves a range': 'UPDATE articles SET words = 701 WHERE id = 33',
  },
  'a to-one row': {
    'leaves the filter of its join': 'UPDATE authors SET active = false WHERE id = 2',
    'enters the filter of its join': 'UPDATE authors SET active = true WHERE id = 4',
  },
  'a to-many row': {
    'enters the filter of its join':
      'UPDATE reviews SET approved = true WHERE article_id = 34 AND approved IS NOT TRUE',
    'leaves the filter of its join': 'UPDATE reviews SET approved = false WHERE article_id = 21 AND approved',
    'moves past the limit': 'UPDATE reviews SET stars = 99 WHERE article_id = 22 AND approved',
    'loses its rank to NULL': 'UPDATE reviews SET stars = NULL WHERE article_id = 26 AND stars IS NOT NULL',
    'moves by the second column of the order': `
      UPDATE reviews SET stars = 1, approved = true, written = date '2026-01-01' + id WHERE article_id = 29;
      UPDATE reviews SET written = date '2027-01-01' - id WHERE article_id = 29`,
    'is deleted and another takes its place': `
      DELETE FROM reviews WHERE id = (
        SELECT id FROM reviews WHERE article_id = 37 AND approved ORDER BY stars DESC NULLS LAST, written, id LIMIT 1)`,
  },
  'the one that has_one picks': {
    'is another when the order changes':
      'UPDATE reviews SET written = written + 1000 WHERE id = (SELECT min(id) FROM reviews WHERE article_id = 38)',
    'is another when it is deleted': `
      DELETE FROM reviews WHERE id = (
        SELECT id FROM reviews WHERE article_id = 41 ORDER BY written DESC, id LIMIT 1)`,
    'is another when it moves away': `
      UPDATE reviews SET article_id = 46 WHERE id = (
        SELECT id FROM reviews WHERE article_id = 42 ORDER BY written DESC, id LIMIT 1)`,
    'is none when all are deleted': 'DELETE FROM reviews WHERE article_id = 49',
  },
};

describe.each(Object.entries(cases))('%s', (_what, variants) => {
  test.each(Object.entries(variants))('%s', async (_how, sql) => {
    await expectChange(articles, sql);
  });
});

test('changes of rows outside every set change nothing', async () => {
  await expectNoChange(
    articles,
    "INSERT INTO articles VALUES (201, 'hidden', 'draft', 5, NULL, 1); UPDATE articles SET words = 6 WHERE id = 201; DELETE FROM articles WHERE id = 201",
  );
});
