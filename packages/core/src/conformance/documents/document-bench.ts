import assert from 'node:assert/strict';
import type {
  Change,
  Document,
  DocumentBuilder,
  DocumentKey,
  IndexPlan,
  IndexSchema,
  KeyRange,
} from '../../contracts/index.ts';
import type { ConformanceCheck } from '../check.ts';
import type { DocumentBuilderDriver, DocumentSource } from './driver.ts';
import { Shop } from './shop.ts';
import { assertBody, expectedBodies, shopSchema } from './shop-documents.ts';

/** One source with its rows and the builders that a check opens on it. */
export class DocumentBench {
  readonly source: DocumentSource;
  readonly shop: Shop;
  readonly #driver: DocumentBuilderDriver;
  readonly #open = new Set<DocumentBuilder>();

  constructor(driver: DocumentBuilderDriver, source: DocumentSource) {
    this.#driver = driver;
    this.source = source;
    this.shop = new Shop(source);
  }

  /** A builder whose session has begun. */
  async open(): Promise<DocumentBuilder> {
    const builder = await this.source.open();
    this.#open.add(builder);
    await builder.source();
    return builder;
  }

  async bound(builder: DocumentBuilder, schema?: IndexSchema): Promise<IndexPlan> {
    const [result] = await builder.bind([schema ?? shopSchema(this.source.schema)]);
    assert.ok(result?.plan != null, `the schema was not bound: ${JSON.stringify(result?.diagnostics)}`);
    return result.plan;
  }

  async ready(): Promise<{ readonly builder: DocumentBuilder; readonly plan: IndexPlan }> {
    const builder = await this.open();
    return { builder, plan: await this.bound(builder) };
  }

  /** In YAML: the filter that fails on some rows. */
  get failing(): string {
    return this.#driver.failing === undefined ? '' : `  - raw: ${JSON.stringify(this.#driver.failing)}`;
  }

  /** Bodies by key as they should be. */
  expected(): ReadonlyMap<string, string> {
    const { transform } = this.#driver;
    const bodies = expectedBodies(this.shop);
    if (transform === undefined) return bodies;
    return new Map([...bodies].map(([key, body]) => [key, transform(body)]));
  }

  /** These documents are all that there should be, each once, and say what the rows say. */
  assertAll(documents: readonly Document[]): void {
    const expected = this.expected();
    const keys = documents.map(({ key }) => JSON.stringify(key));
    assert.deepEqual(keys.toSorted(), [...expected.keys()].toSorted(), 'the keys of the documents');
    for (const { key, body } of documents) {
      assertBody(body, expected.get(JSON.stringify(key)) ?? '', `the document of ${JSON.stringify(key)}`);
    }
  }

  async end(): Promise<void> {
    for (const builder of this.#open) await builder.close().catch(() => undefined);
    await this.source.cleanUp();
  }
}

export async function resolved(
  builder: DocumentBuilder,
  plan: IndexPlan,
  changes: readonly Change[],
): Promise<readonly DocumentKey[]> {
  const keys: DocumentKey[] = [];
  for await (const page of builder.resolve(plan, changes)) keys.push(...page);
  return keys;
}

/** The keys that changes lead to, each once, as JSON. */
export async function resolvedKeys(
  builder: DocumentBuilder,
  plan: IndexPlan,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const keys = await resolved(builder, plan, changes);
  return [...new Set(keys.map(({ key }) => JSON.stringify(key)))].toSorted();
}

export async function scanned(
  builder: DocumentBuilder,
  plan: IndexPlan,
  range: KeyRange = { from: null, to: null },
  pageSize = 1000,
): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for await (const page of builder.scan(plan, range, pageSize)) documents.push(...page);
  return documents;
}

/** A check on a source of its own. */
export function documentCheck(
  name: string,
  run: (bench: DocumentBench) => Promise<void>,
): ConformanceCheck<DocumentBuilderDriver> {
  return {
    name,
    run: async (driver) => {
      const bench = new DocumentBench(driver, await driver.start());
      try {
        await run(bench);
      } finally {
        await bench.end();
      }
    },
  };
}
