import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange, expectNoChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let deployment: Deployment;
beforeAll(async () => {
  // Several shards, so that a routing value decides where a document lies.
  deployment = await Deployment.start({
    ...(await loadFixture('identities')),
    search: { number_of_shards: 3 },
  });
  return () => deployment[Symbol.asyncDispose]();
});

const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a composite key': {
    'is inserted with its children': `
      INSERT INTO lines VALUES ('B\\1', 1, 'new');
      INSERT INTO line_notes VALUES (101, 'B\\1', 1, 'new');
      INSERT INTO line_colours VALUES ('B\\1', 1, 'red', 2)`,
    'keeps its row in step': "UPDATE lines SET title = 'changed' WHERE \"orderNo\" = 'A|1' AND line = 1",
    'sees a child move by one of its columns': 'UPDATE line_notes SET line = 1 + line % 3 WHERE id = 2',
    'sees a child let go by one of its columns': 'UPDATE line_notes SET line = NULL WHERE id = 3',
    'sees a child deleted': 'DELETE FROM line_notes WHERE id = 4',
    'changes one of its columns, by cascade':
      'UPDATE lines SET line = 11 WHERE "orderNo" = \'A|2\' AND line = 2',
    'is deleted, and its children are let go': 'DELETE FROM lines WHERE "orderNo" = \'A|3\' AND line = 3',
    'sees a junction row move': 'UPDATE line_colours SET shade = 1 + shade % 3 WHERE "orderNo" = \'A|4\'',
    'sees the far side changed': "UPDATE colours SET name = 'changed' WHERE family = 'red' AND shade = 1",
    'sees the key of the far side changed':
      "UPDATE colours SET family = 'purple' WHERE family = 'blue\\' AND shade = 1",
    'sees the far side deleted': "DELETE FROM colours WHERE family = 'red' AND shade = 2",
  },
  'a name that needs quotes': {
    'keeps its row in step': `UPDATE "UserAccount" SET "fullName" = 'x', "order" = 'y', "a ""quoted"" name" = 'z' WHERE "userId" = 1`,
    'keeps its children in step': `UPDATE "Line Item" SET "select" = 'changed' WHERE "itemId" = 5`,
    'sees a child move': `UPDATE "Line Item" SET "userId" = 9 WHERE "itemId" = 6`,
    'sees a child deleted': `DELETE FROM "Line Item" WHERE "itemId" = 7`,
    'sees its key changed': `UPDATE "UserAccount" SET "userId" = 102 WHERE "userId" = 2`,
    'sees its row deleted': `DELETE FROM "UserAccount" WHERE "userId" = 3`,
  },
  'a document whose id and routing are columns': {
    'is inserted': "INSERT INTO listings VALUES (101, 't1', 'new', 'new')",
    'is kept in step': "UPDATE listings SET title = 'changed' WHERE id = 1",
    'sees a child change': "UPDATE listing_photos SET url = 'changed' WHERE listing_id = 2",
    'moves to another id': "UPDATE listings SET slug = 'moved' WHERE id = 3",
    'moves to another routing': "UPDATE listings SET tenant = 't9' WHERE id = 4",
    'moves to another id and routing': "UPDATE listings SET tenant = 't8', slug = 'there' WHERE id = 5",
    'moves away and back': `
      UPDATE listings SET tenant = 't7', title = 'was away' WHERE id = 6;
      UPDATE listings SET tenant = 't0' WHERE id = 6`,
    'moves to an id that another has just left': `
      DELETE FROM listings WHERE id = 7;
      UPDATE listings SET tenant = 't1', slug = 'slug-7' WHERE id = 8`,
    'trades its id with another': `
      UPDATE listings SET tenant = 'x' WHERE id = 9;
      UPDATE listings SET tenant = 't0', slug = 'slug-9' WHERE id = 12;
      UPDATE listings SET tenant = 't0', slug = 'slug-12' WHERE id = 9`,
    'is deleted': 'DELETE FROM listings WHERE id = 10',
    'is deleted right after it moved': `
      UPDATE listings SET tenant = 't6' WHERE id = 11;
      DELETE FROM listings WHERE id = 11`,
  },
};

describe.each(Object.entries(cases))('%s', (_what, variants) => {
  test.each(Object.entries(variants))('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

test('a change of the primary key that is not the id changes nothing', async () => {
  await expectNoChange(deployment, 'UPDATE listings SET id = 113 WHERE id = 13');
});

test('a table whose name differs by case alone is another table', async () => {
  await expectNoChange(deployment, "UPDATE useraccount SET fullname = 'still wrong'");
});
