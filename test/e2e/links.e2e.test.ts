import { beforeAll, describe, expect, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start(await loadFixture('links'));
  return () => deployment[Symbol.asyncDispose]();
});

const equalValues = {
  amount: { first: '1.5', second: '2', spelled: '2.000', added: '7.0', child: '7' },
  word: { first: "'Alpha'", second: "'BETA'", spelled: "'bEtA'", added: "'Delta'", child: "'dELTA'" },
  wide: { first: '1', second: '2', spelled: '2', added: '7', child: '7' },
  pad: { first: "'a'", second: "'b'", spelled: "'b  '", added: "'d'", child: "'d   '" },
};

describe.each(Object.entries(equalValues))('a %s whose children name it in another way', (name, values) => {
  const { first, second, spelled, added, child } = values;
  test.each(
    Object.entries({
      'is changed': `UPDATE ${name}s SET name = 'changed' WHERE id = ${first}`,
      'has a child changed': `UPDATE ${name}_notes SET body = 'changed' WHERE ${name}_id = ${first}`,
      'gets a child from another': `UPDATE ${name}_notes SET ${name}_id = ${spelled} WHERE id = 1`,
      'is inserted with a child': `
        INSERT INTO ${name}s VALUES (${added}, 'added');
        INSERT INTO ${name}_notes VALUES (11, ${child}, 'added')`,
      'has its children deleted': `DELETE FROM ${name}_notes WHERE ${name}_id = ${second}`,
    }),
  )('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

describe('a junction without any key', () => {
  test.each(
    Object.entries({
      'gets a row': 'INSERT INTO memberships VALUES (2, 5)',
      'gets a row twice and loses it once': `
        INSERT INTO memberships VALUES (3, 1);
        INSERT INTO memberships VALUES (3, 1);
        DELETE FROM memberships WHERE ctid = (SELECT ctid FROM memberships WHERE (person_id, club_id) = (3, 1) LIMIT 1)`,
      'has rows moved': 'UPDATE memberships SET person_id = 4 WHERE person_id = 5',
      'has rows let go and taken up': `
        UPDATE memberships SET club_id = NULL WHERE person_id = 6;
        UPDATE memberships SET person_id = 7 WHERE person_id IS NULL`,
      'loses rows': 'DELETE FROM memberships WHERE person_id = 8',
      'sees its far side changed': "UPDATE clubs SET name = 'changed' WHERE id = 2",
    }),
  )('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

describe('a child without any key, by a column that is not the key of its parent', () => {
  test.each(
    Object.entries({
      'is inserted': "INSERT INTO mails VALUES ('p9@example.com', '2027-01-01', 'new')",
      'is updated': "UPDATE mails SET subject = 'changed' WHERE address = 'p10@example.com'",
      'moves to another parent':
        "UPDATE mails SET address = 'p12@example.com' WHERE address = 'p11@example.com'",
      'is deleted': "DELETE FROM mails WHERE address = 'p13@example.com'",
      'is left when its parent gets another value':
        "UPDATE people SET email = 'other@example.com' WHERE id = 14",
      'is found when its parent gets its value': "UPDATE people SET email = 'p14@example.com' WHERE id = 15",
      'is left when its parent loses the value': 'UPDATE people SET email = NULL WHERE id = 16',
    }),
  )('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

describe('a junction between columns that are not keys', () => {
  test.each(
    Object.entries({
      'gets a row': "INSERT INTO fans VALUES ('p1@example.com', 'club-1', NULL)",
      'loses rows': "DELETE FROM fans WHERE email = 'p2@example.com'",
      'has rows moved, with a large value that stays':
        "UPDATE fans SET club_code = 'club-6' WHERE email = 'p3@example.com' AND club_code = 'club-3'",
      'sees the value of its far side change': "UPDATE people SET email = 'else@example.com' WHERE id = 4",
      'sees the value of its near side change': "UPDATE clubs SET code = 'club-7' WHERE id = 5",
      'sees two near sides trade their values, checked at the end': `
        UPDATE clubs SET code = CASE code WHEN 'club-3' THEN 'club-4' ELSE 'club-3' END WHERE code IN ('club-3', 'club-4')`,
    }),
  )('%s', async (_how, sql) => {
    await expectChange(deployment, sql);
  });
});

test('the application still deletes and updates rows of tables without a key', async () => {
  const deleted = await deployment.database.query('DELETE FROM memberships WHERE person_id = 20 RETURNING 1');
  expect(deleted.length).toBeGreaterThan(0);
  await deployment.converged();
});
