import assert from 'node:assert/strict';
import type { Diagnostic } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import { beside } from '../beside.ts';
import type { ConformanceCheck } from '../check.ts';
import { testTables } from '../source/index.ts';
import { order } from '../source/test-rows.ts';
import { documentCheck, scanned } from './document-bench.ts';
import type { DocumentBuilderDriver } from './driver.ts';
import { plainSchema, shopSchema } from './shop-documents.ts';

const codes = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);

/** source, bind, fence, and what fails. */
export const bindChecks: readonly ConformanceCheck<DocumentBuilderDriver>[] = [
  documentCheck('names its source, the same for every builder', async (bench) => {
    // The host is how each of them reaches it.
    const { version, host, ...first } = await (await bench.open()).source();
    const { version: later, host: _, ...second } = await (await bench.open()).source();
    assert.deepEqual(second, first);
    for (const [name, value] of Object.entries({ ...first, host }))
      assert.ok(value.length > 0, `${name} is empty`);
    assert.ok(typeof version === 'bigint' && later >= version, `${later} after ${version}`);
  }),

  documentCheck('binds a schema to what it reads: keys, tables, links and columns', async (bench) => {
    const { plan } = await bench.ready();
    assert.deepEqual(
      [plan.key, plan.docId],
      [
        ['region', 'number'],
        ['region', 'number'],
      ],
    );
    const { schema } = bench.source;
    assert.deepEqual(
      plan.tables.map(({ table }) => `${table.schema}.${table.name}`).toSorted(),
      testTables.map(({ name }) => `${schema}.${name}`).toSorted(),
      'one entry for each table',
    );
    for (const { name, key, links } of testTables) {
      const required = plan.tables.find(({ table }) => table.name === name);
      assert.deepEqual(required?.key, key, `the key of ${name}`);
      const needed = name === 'orders' ? key : links;
      const missing = needed.filter((column) => required?.links.includes(column) !== true);
      assert.deepEqual(missing, [], `links of ${name} that lead to documents`);
      const unwatched = required?.links.filter((column) => !required.watched.includes(column));
      assert.deepEqual(unwatched, [], `links of ${name} that are not watched`);
      assert.ok((required?.uses.length ?? 0) > 0, `uses of ${name}`);
    }
    const read = plan.tables.find(({ table }) => table.name === 'orderItems')?.watched ?? [];
    const unread = ['title', 'quantity'].filter((column) => !read.includes(column));
    assert.deepEqual(unread, [], 'columns that are read and not watched');
  }),

  documentCheck(
    'tells what does not fit the tables, schema by schema, and binds the others',
    async (bench) => {
      const builder = await bench.open();
      const { schema } = bench.source;
      const results = await builder.bind([
        plainSchema(schema, 'nowhere', 'keyword: region', 'no_table'),
        shopSchema(schema, '', 'good'),
        plainSchema(schema, 'orders', 'keyword: nothing', 'no_column'),
        plainSchema(schema, 'orders', 'uuid: note', 'wrong_type'),
      ]);
      assert.deepEqual(
        results.map(({ index }) => index),
        ['no_table', 'good', 'no_column', 'wrong_type'],
        'one result for each schema, in order',
      );
      assert.deepEqual(
        results.map(({ diagnostics }) => codes(diagnostics)),
        [['SLUICE_SCHEMA_TABLE'], [], ['SLUICE_SCHEMA_COLUMN'], ['SLUICE_SCHEMA_TYPE']],
      );
      assert.deepEqual(
        results.map(({ plan }) => plan !== null),
        [false, true, false, false],
        'a plan where nothing is wrong, and only there',
      );
      for (const { message, path } of results.flatMap(({ diagnostics }) => diagnostics)) {
        assert.ok(message.length > 0 && Array.isArray(path), 'a message, and its place in the file');
      }
    },
  ),

  documentCheck('changes nothing of the source when it binds, and binds again', async (bench) => {
    const { builder, plan } = await bench.ready();
    const again = await bench.bound(builder);
    assert.deepEqual(again.tables, plan.tables);
    await bench.shop.insert('orders', order('eu', 1, null));
    bench.assertAll(await scanned(builder, plan));
    bench.assertAll(await scanned(builder, again));
  }),

  documentCheck('tells what became of a transaction', async (bench) => {
    const builder = await bench.open();
    await builder.source();
    const begun = [await bench.source.begin(), await bench.source.begin()] as const;
    const ids = [await begun[0].id?.(), await begun[1].id?.()];
    const outcomes = () =>
      Promise.all(ids.map(async (id) => (id === undefined ? undefined : await builder.outcome?.(id))));
    const knows = builder.outcome !== undefined && ids.every((id) => id !== undefined);
    const told = (outcome: string) => (knows ? outcome : undefined);
    assert.deepEqual(await outcomes(), [told('open'), told('open')]);
    await begun[0].commit();
    await begun[1].rollback();
    assert.deepEqual(await outcomes(), [told('committed'), told('aborted')]);
    for (const id of ['9223372036854775807', '1099511627776']) {
      assert.equal(await builder.outcome?.(id), told('future'), id);
    }
  }),

  documentCheck('waits at a fence for what is not visible, until it is aborted', async (bench) => {
    const { builder } = await bench.ready();
    await builder.fence([], new AbortController().signal);
    const abort = new AbortController();
    let passed = false;
    const fence = beside(
      builder.fence(['9223372036854775807'], abort.signal).then(() => {
        passed = true;
      }),
    );
    // Several questions to the source later.
    for (let turn = 0; turn < 5; turn += 1) await builder.version();
    assert.equal(passed, false, 'it let a transaction pass that nobody sees');
    abort.abort();
    await assert.rejects(fence, 'an aborted fence rejects');
  }),

  documentCheck('closes, and closes again, and another builder works on', async (bench) => {
    const { builder, plan } = await bench.ready();
    const other = await bench.open();
    await other.close();
    await other.close();
    await bench.shop.insert('orders', order('eu', 1, null));
    bench.assertAll(await scanned(builder, plan));
  }),

  documentCheck('says that the source is unavailable where it cannot be reached', async (bench) => {
    const { builder, plan } = await bench.ready();
    await bench.shop.insert('orders', order('eu', 1, null));
    const keys = await scanned(builder, plan);
    await bench.source.cutOff(builder);
    const attempts: readonly [string, () => Promise<unknown>][] = [
      ['version', () => builder.version()],
      ['bind', () => builder.bind([plan.schema])],
      ['build', () => builder.build(plan, keys)],
      ['scan', () => scanned(builder, plan)],
      ['split', () => builder.split(plan, 10)],
      ['absent', () => builder.absent(plan, keys)],
    ];
    for (const [name, attempt] of attempts) {
      await assert.rejects(attempt, (error) => isSluiceError(error, 'SLUICE_SOURCE_UNAVAILABLE'), name);
    }
  }),
];
