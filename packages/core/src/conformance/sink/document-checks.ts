import type { Document } from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import { expectEqual, expectThat } from '../expect.ts';
import type { SinkDriver } from './sink-driver.ts';
import { acceptedAll, body, document, newGeneration, Trial } from './trial.ts';

/** Texts that stores confuse, cut, or take for a part of a path, a query or a line. */
export const unusualIds: readonly string[] = [
  ...['0', '-1', 'null', '__proto__', 'constructor', '_id', '.', '..', '*', ' ', ' a ', 'a b', 'a'],
  ...['A', 'a/b', '/', 'a\\b', 'a?b=c&d#e', 'a%2Fb', 'a,b', 'a;b', 'a:b', "a'b", 'a"b', '{"a":1}', '$x'],
  ...['a\nb', 'a\tb', 'e\u0301', '\u00e9', 'ß', '日本語', '😀', '\u202eabc', '\ufeffx', 'x'.repeat(512)],
  ...['é'.repeat(256), 'x'.repeat(511), '9007199254740993', '9007199254740992', '1.0', '1e3'],
];

/** Bodies in which a store, or a sink that parses, likes to change something. */
export const delicateBodies: readonly (readonly [what: string, body: string])[] = [
  ['every digit of a number', '{"count":9007199254740993,"price":1.10,"data":{"n":12345678901234567890.50}}'],
  ['small and large exponents', '{"data":{"small":1e-300,"large":1.5E+30,"negative":-0.0}}'],
  ['null and empty values', '{"title":null,"code":"","data":{"list":[],"object":{},"null":null}}'],
  ['an object without fields', '{}'],
  ['escaped and unescaped characters', '{"title":"\\u00e9 é \\"quoted\\" \\\\ \\n \\t / <&> 😀 \\u2028"}'],
  ['line breaks between tokens', '{\r\n  "title": "a",\n  "data": {\n\t"n": 1 } }'],
  ['nested arrays and objects', '{"data":{"a":[[1,[2,[3]]]],"b":[{"c":[{"d":"e"},{}]}],"constructor":1}}'],
  ['values that look like others', '{"title":"123","code":"true","data":{"text":"null","flag":false}}'],
];

/** How documents get into the store, whatever their versions. */
export const documentChecks: readonly ConformanceCheck<SinkDriver>[] = [
  {
    name: 'is what its driver claims it to be',
    run: async (driver) => {
      const sink = await driver.open();
      const seen = {
        ordering: sink.ordering,
        records: sink.records !== undefined,
        generations: sink.generations !== undefined,
        reader: sink.reader !== undefined,
        bodies: sink.reader?.read !== undefined,
        recordsById: sink.records?.read !== undefined,
        withdrawal: sink.generations?.withdraw !== undefined,
        sizes: sink.generations?.size !== undefined,
        refresh: sink.refresh !== undefined,
        deadLetters: sink.deadLetters !== undefined,
      };
      await sink.close();
      const claimed = {
        bodies: false,
        recordsById: false,
        withdrawal: false,
        sizes: false,
        refresh: false,
        deadLetters: false,
        ...driver.claims,
      };
      expectEqual(seen, claimed, 'what the sink is');
      expectThat(
        !driver.claims.generations || driver.search !== undefined,
        'the driver of a sink with generations needs `search`',
      );
    },
  },
  {
    name: 'makes an index once, and leaves its documents alone when asked again, by two instances at once',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('kept', 1n, body(1))]);
        const other = await trial.another();
        await Promise.all([
          trial.sink.ensureIndex(trial.generation),
          other.ensureIndex(trial.generation),
          other.ensureIndex(trial.generation),
        ]);
        await trial.expectHeld('kept', body(1));
        const fresh = newGeneration();
        await Promise.all([trial.sink.ensureIndex(fresh), other.ensureIndex(fresh)]);
        await trial.put([document('new', 1n, body(1))], { generation: fresh, sink: other });
        await trial.expectHeld('new', body(1), fresh);
      }),
  },
  {
    name: 'holds in the store what it accepted, as soon as write resolves and without being closed',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        for (let round = 1; round <= 10; round++) {
          await trial.put([document('first', BigInt(round), body(round))]);
          await trial.expectHeld('first', body(round));
        }
        const other = await trial.another();
        await other.ensureIndex(trial.generation);
        await trial.put([document('second', 11n, body(11))], { sink: other });
        await trial.expectHeld('first', body(10));
        await trial.expectHeld('second', body(11));
      }),
  },
  {
    name: 'replaces a document as a whole',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('whole', 1n, '{"title":"a","count":1,"data":{"a":1}}')]);
        await trial.put([document('whole', 2n, '{"title":"b","data":{"b":2}}')]);
        await trial.expectHeld('whole', '{"title":"b","data":{"b":2}}');
      }),
  },
  {
    name: 'deletes a document, and accepts the delete of one that is not there',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        await trial.put([document('gone', 1n, body(1)), document('stays', 1n, body(1))]);
        await trial.put([document('gone', 2n, null), document('never there', 2n, null)]);
        await trial.expectHeld('gone', null);
        await trial.expectHeld('never there', null);
        await trial.expectHeld('stays', body(1));
        await trial.put([document('gone', 3n, body(3))]);
        await trial.expectHeld('gone', body(3));
      }),
  },
  {
    name: 'writes every document of a large batch',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const text = 'words '.repeat(40);
        const documents = Array.from({ length: 3_000 }, (_, n) =>
          document(`many-${n}`, 1n, `{"title":"${text}","count":${n}}`),
        );
        const large = document('large', 1n, `{"title":"${'long '.repeat(200_000)}","count":-1}`);
        documents.splice(1_500, 0, large);
        await trial.put(documents);
        for (const n of [0, 1, 499, 500, 501, 999, 1_000, 1_001, 1_499, 1_500, 1_501, 2_048, 2_999, 3_000]) {
          const written = documents[n];
          if (written !== undefined) await trial.expectHeld(written, written.body);
        }
      }),
  },
  {
    name: 'holds a document under exactly its id, or rejects that document alone',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const documents = unusualIds.map((id, n) => document(id, 1n, body(n)));
        const { rejected } = await trial.write(documents);
        const refused = new Set(rejected.map((one) => one.document.id));
        expectThat(!refused.has('a'), 'the id "a" was rejected');
        for (const one of documents) await trial.expectHeld(one, refused.has(one.id) ? null : one.body);
        const taken = documents.filter(({ id }) => !refused.has(id));
        await trial.put(taken.map((one) => ({ ...one, version: 2n, body: null })));
        for (const one of taken) await trial.expectHeld(one, null);
      }),
  },
  ...delicateBodies.map(
    ([what, text], n): ConformanceCheck<SinkDriver> => ({
      name: `passes the text of a body on with ${what}`,
      run: (driver) =>
        Trial.run(driver, async (trial) => {
          await trial.put([document(`body-${n}`, 1n, text), document('beside', 1n, body(1))]);
          await trial.expectHeld(`body-${n}`, text);
          await trial.expectHeld('beside', body(1));
        }),
    }),
  ),
  {
    name: 'holds a document where its routing leads, and removes it from there',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const places = ['a', 'b', 'customer/7 "x" ü'].map((routing, n) =>
          document(`routed-${n}`, 1n, body(n), routing),
        );
        await trial.put(places);
        for (const one of places) await trial.expectHeld(one, one.body);
        // As the engine moves a document: out of its old place first, then into the new one, at one version.
        await trial.put([document('routed-0', 2n, null, 'a')]);
        await trial.put([document('routed-0', 2n, body(20), 'c')]);
        await trial.expectHeld(document('routed-0', 2n, body(20), 'c'), body(20));
        await trial.put([document('routed-1', 3n, null, 'b')]);
        await trial.expectHeld(document('routed-1', 3n, null, 'b'), null);
      }),
  },
  {
    name: 'keeps one index apart from another',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const other = newGeneration();
        await trial.sink.ensureIndex(other);
        await trial.put([document('same', 5n, body(5))]);
        await trial.expectHeld('same', null, other);
        await trial.put([document('same', 1n, body(1))], { generation: other });
        await trial.put([document('same', 2n, null)], { generation: other });
        await trial.expectHeld('same', body(5));
      }),
  },
  {
    name: 'takes several writes at once',
    run: (driver) =>
      Trial.run(driver, async (trial) => {
        const writes: Document[][] = Array.from({ length: 12 }, (_, write) =>
          Array.from({ length: 40 }, (__, n) => document(`w${write}-${n}`, 1n, body(write * 100 + n))),
        );
        const reports = await Promise.all(writes.map((documents) => trial.write(documents)));
        for (const report of reports)
          expectEqual(report, acceptedAll(40), 'the report of one write of several');
        for (const documents of writes) {
          for (const one of [documents[0], documents[17], documents[39]]) {
            if (one !== undefined) await trial.expectHeld(one, one.body);
          }
        }
      }),
  },
];
