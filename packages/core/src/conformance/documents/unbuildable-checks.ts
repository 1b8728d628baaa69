import assert from 'node:assert/strict';
import type { DocumentReference, UnbuildableDocument } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { order } from '../source/test-rows.ts';
import { documentCheck } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { shopSchema } from './shop-documents.ts';

const check = documentCheck(
  'tells of each row that cannot be built, and gives all others: built, scanned, or looked for',
  async (bench) => {
    const { builder, plan: sound } = await bench.ready();
    const regions = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const region of regions) {
      await bench.shop.insert('orders', ...[11, 12, 13, 14].map((n) => order(region, n, null)));
    }
    // Where the rows lie, as a schema says on which nothing fails.
    const keys = [];
    for await (const page of builder.scan(sound, { from: null, to: null }, 1000)) keys.push(...page);
    const places = keys.map(({ key, id, routing }) => ({ key, id, routing }));
    const fails = ({ key }: { readonly key: readonly string[] }) => key[1] === '13';
    const others = places.filter((place) => !fails(place)).map(({ id }) => id);
    const plan = await bench.bound(builder, shopSchema(bench.source.schema, '', 'failing', bench.failing));

    const told: UnbuildableDocument[] = [];
    const tell = (row: UnbuildableDocument) => void told.push(row);
    const before = await builder.version();
    const assertTold = (how: string) => {
      const rows = told.splice(0);
      const failing = places.filter(fails).map(placeText);
      const seen = rows.map(placeText);
      assert.deepEqual(seen.toSorted(), failing.toSorted(), `the rows told of when ${how}`);
      for (const { version, reason } of rows) {
        assert.ok(version >= before, `the version of a row that fails, when ${how}`);
        assert.notEqual(reason.trim(), '', `the reason of a row that fails, when ${how}`);
      }
      return rows;
    };

    const built = await builder.build(plan, places, tell);
    assert.deepEqual(
      built.map(({ id }) => id),
      others,
      'the documents that were built',
    );
    const keysTold = assertTold('built').map(({ key }) => key);
    assert.ok(
      keysTold.every((key) => key[1] === '13'),
      'the keys of the rows told of',
    );
    for (const pageSize of [3, 1000]) {
      const scanned: string[] = [];
      for await (const page of builder.scan(plan, { from: null, to: null }, pageSize, tell)) {
        scanned.push(...page.map(({ id }) => id));
      }
      assert.deepEqual(
        scanned.toSorted(),
        others.toSorted(),
        `the documents scanned in pages of ${pageSize}`,
      );
      assertTold('scanned');
    }
    const absent = await builder.absent(plan, places, tell);
    assert.deepEqual(absent, [], 'places that hold no document');
    assertTold('looked for');
    const asked = builder.build(plan, places);
    await assert.rejects(asked, { code: 'SLUICE_DOCUMENT_UNBUILDABLE' }, 'a build that tells nobody');
  },
);

const placeText = ({ id, routing }: DocumentReference): string => JSON.stringify([id, routing]);

/** Rows on which an expression of the schema fails. */
export const unbuildableChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  {
    ...check,
    notFor: ({ failing }) =>
      failing === undefined ? 'the builder throws at a row that cannot be built, whoever asks' : null,
  },
];
