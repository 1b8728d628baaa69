import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  canary,
  hostileNames,
  hostileValue,
  placeCanary,
  quoted,
  unharmed,
} from '../../../test/support/hostile.ts';
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { follow, makeCapture, never, requirements } from '../test/harness.ts';

let database: TestDatabase;
let round = 0;
beforeAll(async () => {
  database = await createDatabase();
  await placeCanary(database);
});
afterAll(() => database.drop());

test.each(['row', 'statement'])(
  'names that would break out of any quotation are names: a trigger for each %s reports their changes',
  async (mode) => {
    await fc.assert(
      fc.asyncProperty(hostileNames(5), hostileValue(), async ([schema, name, id, link, other], value) => {
        if (schema === undefined || name === undefined || id === undefined || link === undefined) return;
        if (other === undefined) return;
        round += 1;
        const table = `${quoted(schema)}.${quoted(name)}`;
        await database.query(`DROP SCHEMA IF EXISTS ${quoted(schema)} CASCADE; CREATE SCHEMA ${quoted(schema)};
          CREATE TABLE ${table} (${quoted(id)} text PRIMARY KEY, ${quoted(link)} text, ${quoted(other)} text)`);
        const required = requirements({
          table: { schema, name },
          key: [id],
          links: [id, link],
          watched: [id, link, other],
          uses: [{ index: 'things', role: 'root', field: '' }],
        });
        const options = { schema: `c_${round}`, mode };
        const printer = makeCapture(database, options);
        const script = await printer.capture.script(required);
        await printer.capture.close();
        // Half of the rounds as a DBA would: the printed text, parsed as a whole by the server.
        if (round % 2 === 0) await database.query(scriptText(script));

        const { changesOf, stop, capture } = await follow(database, required, options);
        const changes = await changesOf(async () => {
          await database.query(`INSERT INTO ${table} VALUES ($1, $2, '1')`, [value, value]);
          await database.query(`UPDATE ${table} SET ${quoted(other)} = '2'`);
          await database.query(`DELETE FROM ${table}`);
        });
        const row = Object.fromEntries([
          [id, value],
          [link, value],
        ]);
        expect(changes).toMatchObject([
          { operation: 'insert', table: { schema, name } },
          { operation: 'update' },
          { operation: 'delete' },
        ]);
        expect(changes[0]).toHaveProperty('after');
        expect({ ...changes[0] }).toMatchObject({ after: row });
        expect({ ...changes[2] }).toMatchObject({ before: row });
        await stop();
        const remover = makeCapture(database, options);
        await remover.capture.deprovision({ signal: never });
        await remover.capture.close();
        expect(capture).toBeDefined();
        await database.query(`DROP SCHEMA ${quoted(schema)} CASCADE`);
        expect(await canary(database)).toEqual(unharmed);
      }),
      { numRuns: 12 },
    );
  },
);

function scriptText({ sections }: { sections: readonly { statements: readonly string[] }[] }): string {
  return sections.flatMap(({ statements }) => statements.map((statement) => `${statement};`)).join('\n');
}
