import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Deployment } from '../e2e/harness/deployment.ts';
import type { Fixture } from '../e2e/harness/fixture.ts';

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/${name}/dist/index.js`, import.meta.url));

const timed = (table: string) => `
  ALTER TABLE ${table} ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
  CREATE INDEX ON ${table} (updated_at);
  CREATE TRIGGER touched BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION touch();`;

const contacts: Fixture = {
  tables: `
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN NEW.updated_at := now(); RETURN NEW; END';
    CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE mails (
      id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people, address text, rank numeric(30, 10)
    );
    ${timed('people')}
    ${timed('mails')}
    INSERT INTO people (id, name) SELECT n, 'person ' || n FROM generate_series(1, 300) AS n;
    INSERT INTO mails (id, person_id, address, rank)
      SELECT n, 1 + n % 300, 'm' || n || '@example.org', n / 7.0 FROM generate_series(1, 600) AS n;`,
  indexes: {
    people: {
      schema: `
        table: people
        fields:
          - keyword: name
          - has_many: mails
            table: mails
            foreign_key: person_id
            fields:
              - integer: id
              - keyword: address
              - decimal: rank`,
      expected: `
        SELECT p.id, jsonb_build_object('name', p.name, 'mails', (
          SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', m.id,
            'address', left(encode(hmac(m.address, 'a secret of sixteen letters', 'sha256'), 'hex'), 32),
            'rank', m.rank
          ) ORDER BY m.id), '[]') FROM mails AS m WHERE m.person_id = p.id
        )) AS document FROM people AS p`,
    },
  },
};

/** A deployment with the example's capture and document builder. */
async function create(polling: object): Promise<Deployment> {
  const site = await Deployment.create({
    ...contacts,
    tables: `CREATE EXTENSION pgcrypto; ${contacts.tables}`,
    marker: 'none',
  });
  const file = join(site.directory, 'sluice.yaml');
  const configuration = JSON.parse(await readFile(file, 'utf8'));
  configuration.source.capture = { plugin: example('capture-polling'), ...polling };
  configuration.source.documents = {
    plugin: example('documents-masked'),
    mask: { people: ['mails.address'] },
    secret: 'a secret of sixteen letters',
  };
  await writeFile(file, JSON.stringify(configuration));
  return site;
}

test('polled changes reach the index, masked, also those made while Sluice was killed', async () => {
  await using site = await create({
    interval: 50,
    settle: 200,
    page: 100,
    accept_loss: ['public.people', 'public.mails'],
  });
  await site.start();
  await site.converged();

  // One time for more rows than a page holds, in two tables.
  await site.database.query(`
    BEGIN;
    UPDATE people SET name = 'renamed ' || id;
    UPDATE mails SET address = NULL WHERE id % 3 = 0;
    COMMIT`);
  await site.converged();

  await site.process.kill();
  await site.database.query(`
    INSERT INTO people (id, name) VALUES (1000, 'newcomer');
    INSERT INTO mails (id, person_id, address, rank) VALUES (1000, 1000, 'new@example.org', 0.1)`);
  await site.start();
  await site.converged();
  expect((await site.indexed('people')).size).toBe(301);
});

test('polling refuses tables whose losses nobody accepted, and says which', async () => {
  await using site = await create({ interval: 50, accept_loss: ['public.people'] });
  const ending = await site.runOnce();
  expect(ending.code).toBe(3);
  const told = `${ending.output}${ending.log}`;
  expect(told).toContain('polling does not see every change of public.mails (not seen are deletes');
  expect(told).toContain('accept_loss: [public.mails]');
  expect(told).not.toContain('of public.people');
});
