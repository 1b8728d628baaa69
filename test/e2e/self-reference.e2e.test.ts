import { beforeAll, describe, test } from 'vitest';
import { Deployment } from './harness/deployment.ts';
import { expectChange } from './harness/expect-change.ts';
import { loadFixture } from './harness/fixture.ts';

describe('a table that joins itself', () => {
  let staff: Deployment;
  beforeAll(async () => {
    staff = await Deployment.start(await loadFixture('staff'));
    return () => staff[Symbol.asyncDispose]();
  });

  test.each(
    Object.entries({
      'a name is changed at the top': "UPDATE employees SET name = 'boss' WHERE id = 1",
      'a name is changed in the middle': "UPDATE employees SET name = 'middle' WHERE id = 5",
      'a leaf is inserted': "INSERT INTO employees VALUES (61, 'new', 20)",
      'a leaf is deleted': 'DELETE FROM employees WHERE id = 60',
      'a subtree moves': 'UPDATE employees SET manager_id = 2 WHERE id = 3',
      'a manager leaves and the reports are let go': 'DELETE FROM employees WHERE id = 4',
      'a manager changes id and the reports follow': 'UPDATE employees SET id = 106 WHERE id = 6',
      'two manage each other': `
        UPDATE employees SET manager_id = 8 WHERE id = 7;
        UPDATE employees SET manager_id = 7 WHERE id = 8`,
      'one manages itself': 'UPDATE employees SET manager_id = 9 WHERE id = 9',
      'one that manages itself leaves': 'DELETE FROM employees WHERE id = 9',
      'all report to one': 'UPDATE employees SET manager_id = 1 WHERE id > 1',
    }),
  )('%s', async (_name, sql) => {
    await expectChange(staff, sql);
  });
});

describe('one table name in several database schemas', () => {
  let tickets: Deployment;
  beforeAll(async () => {
    tickets = await Deployment.start(await loadFixture('two-schemas'));
    return () => tickets[Symbol.asyncDispose]();
  });

  test.each(
    Object.entries({
      'the row of one schema is changed': "UPDATE sales.tickets SET title = 'changed' WHERE id = 1",
      'the row of another schema is changed': "UPDATE support.tickets SET title = 'changed' WHERE id = 1",
      'the row of public is changed': "UPDATE tickets SET title = 'changed' WHERE id = 1",
      'rows of all are deleted': `
        DELETE FROM sales.tickets WHERE id = 2;
        DELETE FROM support.tickets WHERE id = 3;
        DELETE FROM tickets WHERE id = 4`,
      'a row moves between rows of the other schema': 'UPDATE support.tickets SET ticket_id = 9 WHERE id = 5',
      'rows of all change their key': `
        UPDATE sales.tickets SET id = 106 WHERE id = 6;
        UPDATE support.tickets SET id = 107 WHERE id = 7;
        UPDATE tickets SET id = 108 WHERE id = 8`,
      'the row of one schema is truncated away': 'TRUNCATE support.tickets',
    }),
  )('%s', async (_name, sql) => {
    await expectChange(tickets, sql);
  });
});
