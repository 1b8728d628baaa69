import type { Document, DocumentBuilder, DocumentKey, IndexPlan, KeyRange } from '../src/contracts/index.ts';
import type { MemoryDatabase } from './memory-database.ts';

/** A document builder with one flaw: what it does otherwise than the reference. */
export interface DocumentMutant {
  readonly flaw: string;
  /** The check that must see it. */
  readonly seenBy: string;
  readonly change: (builder: DocumentBuilder, database: MemoryDatabase) => Partial<DocumentBuilder>;
}

type Pages<Item> = AsyncGenerator<readonly Item[]>;

/** Does something else with every document that is built, scanned, or found absent. */
function perDocument(
  builder: DocumentBuilder,
  alter: (document: Document) => Document,
): Partial<DocumentBuilder> {
  return {
    build: async (plan, keys) => (await builder.build(plan, keys)).map(alter),
    absent: async (plan, places) => (await builder.absent(plan, places)).map(alter),
    async *scan(plan, range, pageSize): Pages<Document> {
      for await (const page of builder.scan(plan, range, pageSize)) yield page.map(alter);
    },
  };
}

async function all(builder: DocumentBuilder, plan: IndexPlan, range: KeyRange): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for await (const page of builder.scan(plan, range, 1000)) documents.push(...page);
  return documents;
}

const body = (document: Document, alter: (text: string) => string): Document => ({
  ...document,
  body: document.body === null ? null : alter(document.body),
});

export const documentMutants: readonly DocumentMutant[] = [
  ...unbuildableMutants(),
  {
    flaw: 'tells when it was opened, not when the server was started',
    seenBy: 'names its source, the same for every builder',
    change: (builder) => {
      const started = String(Math.random());
      return { source: async () => ({ ...(await builder.source()), started }) };
    },
  },
  {
    flaw: 'throws at a schema that does not fit',
    seenBy: 'tells what does not fit the tables, schema by schema, and binds the others',
    change: (builder) => ({
      async bind(schemas) {
        const results = await builder.bind(schemas);
        if (results.some(({ plan }) => plan === null)) throw new Error('a schema does not fit');
        return results;
      },
    }),
  },
  {
    flaw: 'binds what does not fit',
    seenBy: 'tells what does not fit the tables, schema by schema, and binds the others',
    change: (builder) => ({
      async bind(schemas) {
        const results = await builder.bind(schemas);
        const plan = results.find((result) => result.plan !== null)?.plan ?? null;
        return results.map((result) => ({ ...result, plan }));
      },
    }),
  },
  {
    flaw: 'names no links of children',
    seenBy: 'binds a schema to what it reads: keys, tables, links and columns',
    change: (builder) => ({
      bind: async (schemas) =>
        (await builder.bind(schemas)).map((result) => ({
          ...result,
          plan: result.plan && {
            ...result.plan,
            tables: result.plan.tables.map((table) => ({ ...table, links: table.key })),
          },
        })),
    }),
  },
  {
    flaw: 'is another source each time',
    seenBy: 'names its source, the same for every builder',
    change: (builder) => ({
      source: async () => ({ ...(await builder.source()), system: String(Math.random()) }),
    }),
  },
  {
    flaw: 'lets everything pass the fence',
    seenBy: 'waits at a fence for what is not visible, until it is aborted',
    change: () => ({ fence: async () => undefined }),
  },
  {
    flaw: 'takes a transaction that ended for one that was committed',
    seenBy: 'tells what became of a transaction',
    change: (builder) => ({
      async outcome(transaction) {
        const outcome = await builder.outcome?.(transaction);
        return outcome === 'aborted' ? 'committed' : (outcome ?? 'unknown');
      },
    }),
  },
  {
    flaw: 'takes a transaction of the future for an old one',
    seenBy: 'tells what became of a transaction',
    change: (builder) => ({
      async outcome(transaction) {
        const outcome = await builder.outcome?.(transaction);
        return outcome === 'future' ? 'unknown' : (outcome ?? 'unknown');
      },
    }),
  },
  {
    flaw: 'says in its own words that the source is unavailable',
    seenBy: 'says that the source is unavailable where it cannot be reached',
    change: (builder) => ({
      build: (plan, keys) =>
        builder.build(plan, keys).catch(() => {
          throw new Error('ECONNREFUSED');
        }),
    }),
  },
  {
    flaw: 'answers from memory when the source is gone',
    seenBy: 'says that the source is unavailable where it cannot be reached',
    change: (builder) => ({ absent: (plan, places) => builder.absent(plan, places).catch(() => []) }),
  },
  {
    flaw: 'leaves deletes out',
    seenBy: 'builds a delete for a row that is gone, that never was, or that a filter leaves out',
    change: (builder) => ({
      build: async (plan, keys) =>
        (await builder.build(plan, keys)).filter((document) => document.body !== null),
    }),
  },
  {
    flaw: 'builds in an order of its own',
    seenBy: 'builds one document for each key, in the order of the keys',
    change: (builder) => ({
      build: async (plan, keys) =>
        [...(await builder.build(plan, keys))].sort((a, b) => (a.id < b.id ? -1 : 1)),
    }),
  },
  {
    flaw: 'parses what it reads',
    seenBy: 'keeps every digit and every character of what it reads',
    change: (builder) =>
      perDocument(builder, (document) => body(document, (text) => JSON.stringify(JSON.parse(text)))),
  },
  {
    flaw: 'makes ids that collide',
    seenBy: 'gives every key an id of its own',
    change: (builder) => perDocument(builder, (document) => ({ ...document, id: document.key.join('') })),
  },
  {
    flaw: 'orders children as it likes',
    seenBy: 'joins what is related, in one order whatever order it was written in',
    change: (builder) =>
      perDocument(builder, (document) =>
        body(document, (text) =>
          text.replace(
            /(\{"id":"[^}]*\}),(\{"id":"[^}]*\})/,
            (_, one: string, other: string) => `${other},${one}`,
          ),
        ),
      ),
  },
  {
    flaw: 'gives other bytes each time',
    seenBy: 'gives the same bytes for the same rows: built, scanned, by whichever builder',
    change: (builder) => {
      let turn = 0;
      return perDocument(builder, (document) => {
        turn += 1;
        return body(document, (text) => `${' '.repeat(turn % 3)}${text}`);
      });
    },
  },
  {
    flaw: 'gives every document one version',
    seenBy: 'gives a document that sees a commit a higher version than any that does not',
    change: (builder) => perDocument(builder, (document) => ({ ...document, version: 1n })),
  },
  {
    flaw: 'counts versions down',
    seenBy: 'gives a document that sees a commit a higher version than any that does not',
    change: (builder) =>
      perDocument(builder, (document) => ({ ...document, version: 1_000_000n - document.version })),
  },
  {
    flaw: 'counts versions by itself',
    seenBy: 'orders documents by version as the source did, however many write and build',
    change: (builder) => {
      let count = 0n;
      return perDocument(builder, (document) => {
        count += 1n;
        return { ...document, version: count };
      });
    },
  },
  {
    flaw: 'finds everything where it was',
    seenBy: 'finds the places in a sink that hold no document',
    change: () => ({ absent: async () => [] }),
  },
  {
    flaw: 'moves a document and does not build it where it lies now',
    seenBy: 'follows the delete at a former routing with the document where it lies now',
    change: (builder) => ({
      build: async (plan, keys) => (await builder.build(plan, keys)).slice(0, keys.length),
    }),
  },
  {
    flaw: 'resolves by what a row is, and not what it was',
    seenBy: 'resolves a child to the document that it was in and the one that it is in',
    change: (builder) => ({
      resolve: (plan, changes) =>
        builder.resolve(
          plan,
          changes.map(({ before, ...change }) =>
            change.after === undefined && before ? { ...change, before } : change,
          ),
        ),
    }),
  },
  {
    flaw: 'forgets the former key of a root row',
    seenBy: 'resolves a changed root row to its own document, where it was and where it is',
    change: (builder) => ({
      resolve: (plan, changes) =>
        builder.resolve(
          plan,
          changes.map(({ before, ...change }) =>
            change.after === undefined && before ? { ...change, before } : change,
          ),
        ),
    }),
  },
  {
    flaw: 'does not look for those who hold a parent',
    seenBy: 'resolves a changed parent to every document that holds it',
    change: (builder) => ({
      resolve: (plan, changes) =>
        builder.resolve(
          plan,
          changes.filter(({ table }) => table.name !== 'customers'),
        ),
    }),
  },
  {
    flaw: 'resolves the first of several changes',
    seenBy: 'resolves many changes at once, of any tables',
    change: (builder) => ({ resolve: (plan, changes) => builder.resolve(plan, changes.slice(0, 1)) }),
  },
  {
    flaw: 'gives all keys at once',
    seenBy: 'resolves in pages of bounded size, however many documents one row touches',
    change: (builder) => ({
      async *resolve(plan, changes): Pages<DocumentKey> {
        const keys: DocumentKey[] = [];
        for await (const page of builder.resolve(plan, changes)) keys.push(...page);
        yield keys;
      },
    }),
  },
  {
    flaw: 'gives a document as it was when it was first built',
    seenBy: 'keeps an index in step by what it resolves and builds alone',
    change: (builder) => {
      const first = new Map<string, string>();
      return perDocument(builder, (document) => {
        if (document.body !== null && !first.has(document.id)) first.set(document.id, document.body);
        return body(document, (text) => first.get(document.id) ?? text);
      });
    },
  },
  {
    flaw: 'leaves the last range out',
    seenBy: 'splits the root into ranges whose scans give every document once',
    change: (builder) => ({
      async *scan(plan, range, pageSize): Pages<Document> {
        if (range.from === null || range.to !== null) yield* builder.scan(plan, range, pageSize);
      },
    }),
  },
  {
    flaw: 'scans the start of a range too',
    seenBy: 'scans a range from its start, which it leaves out, to its end, which it has',
    change: (builder) => ({
      async *scan(plan, range, pageSize): Pages<Document> {
        const { from } = range;
        const before = from === null ? [] : await all(builder, plan, { from: null, to: from });
        yield before.slice(-1);
        yield* builder.scan(plan, range, pageSize);
      },
    }),
  },
  {
    flaw: 'ends the last range at the last row',
    seenBy: 'gives every row of a scan once, also those written between split and scan',
    change: (builder) => ({
      async split(plan, size) {
        const split = await builder.split(plan, size);
        const last = (await all(builder, plan, { from: null, to: null })).at(-1)?.key ?? null;
        return { ...split, ranges: split.ranges.map((range) => ({ ...range, to: range.to ?? last })) };
      },
    }),
  },
  {
    flaw: 'pages by the number of rows that it has passed',
    seenBy: 'gives every row that stays once, while others come and go',
    change: (builder) => ({
      async *scan(plan, range, pageSize): Pages<Document> {
        for (let passed = 0; ; passed += pageSize) {
          const page = (await all(builder, plan, range)).slice(passed, passed + pageSize);
          if (page.length > 0) yield page;
          if (page.length < pageSize) return;
        }
      },
    }),
  },
  {
    flaw: 'makes pages as large as it likes',
    seenBy: 'scans in pages of at most the size asked for, in one order, without deletes',
    change: (builder) => ({ scan: (plan, range) => builder.scan(plan, range, 100_000) }),
  },
  {
    flaw: 'scans deletes',
    seenBy: 'scans in pages of at most the size asked for, in one order, without deletes',
    change: (builder) => ({
      async *scan(plan, range, pageSize): Pages<Document> {
        for await (const page of builder.scan(plan, range, pageSize)) {
          yield page.map((document, n) => (n === 0 ? { ...document, body: null } : document));
        }
      },
    }),
  },
  {
    flaw: 'makes one range of everything',
    seenBy: 'makes ranges of about the size asked for',
    change: (builder) => ({
      split: async (plan, size) => ({
        ...(await builder.split(plan, size)),
        ranges: [{ from: null, to: null }],
      }),
    }),
  },
  {
    flaw: 'says of every row that it was written just now',
    seenBy: 'tells about when a row was last written, where it offers to',
    change: (builder) => ({
      lastChanged: async (_plan, keys) => {
        const now = await builder.version();
        return keys.map(() => now);
      },
    }),
  },
  {
    flaw: 'says of every row that it was written long ago',
    seenBy: 'tells about when a row was last written, where it offers to',
    change: () => ({ lastChanged: async (_plan, keys) => keys.map((_key, n) => (n === 1 ? null : 0n)) }),
  },
  {
    flaw: 'tells of rows that will be written in the far future',
    seenBy: 'tells about when a row was last written, where it offers to',
    change: (builder) => ({
      lastChanged: async (plan, keys) => {
        const told = (await builder.lastChanged?.(plan, keys)) ?? [];
        return told.map((version) => (version === null ? null : version + 1_000_000n));
      },
    }),
  },
  {
    flaw: 'leaves rows out that are not there',
    seenBy: 'tells about when a row was last written, where it offers to',
    change: (builder) => ({
      lastChanged: async (plan, keys) =>
        ((await builder.lastChanged?.(plan, keys)) ?? []).filter((version) => version !== null),
    }),
  },
  {
    flaw: 'throws at a second close',
    seenBy: 'closes, and closes again, and another builder works on',
    change: (builder) => {
      let closed = false;
      return {
        async close() {
          if (closed) throw new Error('it is closed');
          closed = true;
          await builder.close();
        },
      };
    },
  },
];

function unbuildableMutants(): readonly DocumentMutant[] {
  const seenBy =
    'tells of each row that cannot be built, and gives all others: built, scanned, or looked for';
  return [
    {
      flaw: 'leaves out rows that cannot be built, and tells nobody',
      seenBy,
      change: (builder) => ({
        build: (plan, keys, told) => builder.build(plan, keys, told && (() => undefined)),
      }),
    },
    {
      flaw: 'gives a row that cannot be built as a delete',
      seenBy,
      change: (builder) => ({
        build: async (plan, keys, told) => {
          const failing: Document[] = [];
          const built = await builder.build(
            plan,
            keys,
            told &&
              ((row) => {
                failing.push({ ...row, body: null });
                told(row);
              }),
          );
          return [...built, ...failing];
        },
      }),
    },
    {
      flaw: 'ends a scan at a row that cannot be built',
      seenBy,
      change: (builder) => ({
        async *scan(plan, range, pageSize, told): Pages<Document> {
          let ended = false;
          const end =
            told &&
            ((row: Parameters<typeof told>[0]) => {
              ended = true;
              told(row);
            });
          for await (const page of builder.scan(plan, range, pageSize, end)) {
            yield page;
            if (ended) return;
          }
        },
      }),
    },
    {
      flaw: 'takes the place of a row that cannot be built for empty',
      seenBy,
      change: (builder) => ({
        absent: async (plan, places, told) => {
          const failing: Document[] = [];
          const found = await builder.absent(
            plan,
            places,
            told && ((row) => void failing.push({ ...row, body: null })),
          );
          return [...found, ...failing];
        },
      }),
    },
    {
      flaw: 'throws at a row that cannot be built, whoever wants to be told of it',
      seenBy,
      change: (builder) => ({ build: (plan, keys) => builder.build(plan, keys) }),
    },
  ];
}
