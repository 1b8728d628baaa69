import { type TestTableName, testTables } from '../src/conformance/index.ts';
import type {
  BindResult,
  Change,
  Diagnostic,
  Document,
  DocumentBuilder,
  DocumentKey,
  DocumentReference,
  Field,
  IndexPlan,
  IndexSchema,
  KeyRange,
  OnUnbuildable,
  RangeSplit,
  RowValues,
  SourceState,
  TransactionOutcome,
} from '../src/contracts/index.ts';
import { SluiceError } from '../src/errors/index.ts';
import { keyOf, type MemoryDatabase, type RowChange } from './memory-database.ts';

const resolvePage = 1000;
/** What the schema's filter leaves out. */
const hidden = 'hidden';
/** The one `raw` filter that there is. */
export const failingFilter = '1 / (number - 13) IS NOT NULL';

/** Builds the kit's documents from tables in memory, and keeps every promise: the kit's own reference. */
export class MemoryDocuments implements DocumentBuilder {
  readonly database: MemoryDatabase;
  cutOff = false;

  constructor(database: MemoryDatabase) {
    this.database = database;
  }

  async source(): Promise<SourceState> {
    const version = this.#snapshot();
    const names = { system: '1', timeline: '1', databaseOid: '1', database: 'memory', host: 'here' };
    return { ...names, started: 'once', version };
  }

  async version(): Promise<bigint> {
    return this.#snapshot();
  }

  async bind(schemas: readonly IndexSchema[]): Promise<readonly BindResult[]> {
    this.#snapshot();
    return schemas.map((schema) => {
      const diagnostics = problems(schema);
      return { index: schema.index, plan: diagnostics.length === 0 ? planOf(schema) : null, diagnostics };
    });
  }

  async fence(transactions: readonly string[], signal: AbortSignal): Promise<void> {
    while (transactions.some((xid) => BigInt(xid) > this.database.finished)) {
      signal.throwIfAborted();
      await this.database.changed(signal);
    }
  }

  async outcome(transaction: string): Promise<TransactionOutcome> {
    return this.database.outcomes.get(transaction) ?? 'future';
  }

  async *resolve(plan: IndexPlan, changes: readonly Change[]): AsyncGenerator<readonly DocumentKey[]> {
    const keys = changes.flatMap((change) =>
      [change.before, change.after].flatMap((row) =>
        row === undefined ? [] : this.#holders(plan, change, row),
      ),
    );
    for (let from = 0; from < keys.length; from += resolvePage) yield keys.slice(from, from + resolvePage);
    this.#snapshot();
  }

  async build(
    plan: IndexPlan,
    keys: readonly DocumentKey[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]> {
    const version = this.#snapshot();
    return keys
      .filter((asked) => this.#isBuildable(plan, asked, version, onUnbuildable))
      .flatMap((asked) => this.#at(plan, asked, version));
  }

  async split(plan: IndexPlan, size: number): Promise<RangeSplit> {
    this.#snapshot();
    const keys = this.#rows({ from: null, to: null }).map((row) => place(plan, row).key);
    const ends = keys
      .filter((_, n) => (n + 1) % size === 0)
      .slice(0, keys.length % size === 0 ? -1 : undefined);
    return { ranges: [...ends, null].map((to, n) => ({ from: ends[n - 1] ?? null, to })), rows: keys.length };
  }

  async *scan(
    plan: IndexPlan,
    { from, to }: KeyRange,
    pageSize: number,
    onUnbuildable?: OnUnbuildable,
  ): AsyncGenerator<readonly Document[]> {
    for (let after = from; ; ) {
      const version = this.#snapshot();
      const rows = this.#rows({ from: after, to }).slice(0, pageSize);
      const keys = rows.map((row) => place(plan, row));
      const page = rows
        .filter((row) => this.#isBuildable(plan, place(plan, row), version, onUnbuildable))
        .map((row) => ({ ...this.#document(plan, row), version }));
      if (page.length > 0) yield page;
      if (keys.length < pageSize) return;
      after = keys.at(-1)?.key ?? null;
    }
  }

  async absent(
    plan: IndexPlan,
    places: readonly DocumentReference[],
    onUnbuildable?: OnUnbuildable,
  ): Promise<readonly Document[]> {
    const version = this.#snapshot();
    return places
      .map((place) => ({ ...place, key: keyFrom(place.id) }))
      .filter((asked) => this.#isBuildable(plan, asked, version, onUnbuildable))
      .flatMap((asked) => {
        const found = this.#at(plan, asked, version);
        return found[0]?.body === null ? found : [];
      });
  }

  async lastChanged(
    _plan: IndexPlan,
    keys: readonly (readonly string[])[],
  ): Promise<readonly (bigint | null)[]> {
    this.#snapshot();
    return keys.map((key) => {
      if (!this.#table('orders').has(text(key))) return null;
      const writes = ({ table, after }: RowChange) =>
        table === 'orders' && after !== null && keyOf('orders', after) === text(key);
      const commit = this.database.log.findLast(({ changes }) => changes.some(writes));
      return commit === undefined ? null : BigInt(commit.finishedBefore);
    });
  }

  async close(): Promise<void> {
    this.cutOff = true;
  }

  /** The version of what is read before anybody else has a turn. */
  #snapshot(): bigint {
    if (this.cutOff) throw new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'The database cannot be reached.');
    return BigInt(this.database.finished);
  }

  /** Whether no expression fails on the row with this key. Throws, or tells, where one does. */
  #isBuildable(
    { schema }: IndexPlan,
    asked: DocumentKey,
    version: bigint,
    onUnbuildable: OnUnbuildable | undefined,
  ): boolean {
    const row = this.#table('orders').get(text(asked.key));
    const fails = schema.filters.some((filter) => filter.kind === 'raw') && row?.['number'] === '13';
    if (!fails) return true;
    const { key, id, routing } = asked;
    if (onUnbuildable === undefined) throw new SluiceError('SLUICE_DOCUMENT_UNBUILDABLE', 'division by zero');
    onUnbuildable({ key, id, routing, version, reason: 'division by zero' });
    return false;
  }

  /** What lies at a place: a document, a delete, or a delete and the document where it lies now. */
  #at(plan: IndexPlan, { key, id, routing }: DocumentKey, version: bigint): readonly Document[] {
    const row = this.#table('orders').get(text(key));
    const gone = { key, id, routing, version, body: null };
    if (row === undefined || row['region'] === hidden) return [gone];
    const found = this.#document(plan, row);
    if (found.routing !== routing) return [gone, { ...found, version }];
    return [{ ...found, version }];
  }

  /** Rows that have a document, in key order. */
  #rows({ from, to }: KeyRange): readonly RowValues[] {
    const [after, last] = [from === null ? '' : text(from), to === null ? null : text(to)];
    return [...this.#table('orders')]
      .filter(([key, row]) => row['region'] !== hidden && key > after && (last === null || key <= last))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => row);
  }

  #document(plan: IndexPlan, row: RowValues): DocumentKey & { readonly body: string } {
    return { ...place(plan, row), body: this.#body(row) };
  }

  #body({ region, number, total, note, customerId }: RowValues): string {
    const customer = this.#table('customers').get(text([customerId]));
    const items = [...this.#table('orderItems').values()]
      .filter((item) => item['orderRegion'] === region && item['orderNumber'] === number)
      .sort((a, b) => (a['id'] ?? '').localeCompare(b['id'] ?? ''));
    const rendered = items.map(
      ({ id, title, quantity }) => `{"id":${text(id)},"title":${text(title)},"quantity":${quantity}}`,
    );
    const who = customer === undefined ? null : `{"id":${customer['id']},"name":${text(customer['name'])}}`;
    return `{"region":${text(region)},"number":${number},"total":${total},"note":${text(note)},"customer":${who},"items":[${rendered.join()}],"itemCount":${items.length}}`;
  }

  #holders(plan: IndexPlan, { table }: Change, row: RowValues): readonly DocumentKey[] {
    if (table.name === 'orders') return [place(plan, row)];
    const orders = [...this.#table('orders').values()];
    const held =
      table.name === 'customers'
        ? orders.filter(({ customerId }) => customerId === row['id'])
        : orders.filter(
            (order) => order['region'] === row['orderRegion'] && order['number'] === row['orderNumber'],
          );
    return held.map((order) => place(plan, order));
  }

  #table(name: TestTableName): ReadonlyMap<string, RowValues> {
    return this.database.tables.get(name) ?? new Map();
  }
}

const text = (value: unknown): string => JSON.stringify(value ?? null);

function place({ schema, key }: IndexPlan, row: RowValues): DocumentKey {
  return {
    key: key.map((column) => row[column] ?? ''),
    id: keyOf('orders', row),
    routing: schema.routing === null ? null : (row[schema.routing] ?? null),
  };
}

function keyFrom(id: string): readonly string[] {
  try {
    const key: unknown = JSON.parse(id);
    return Array.isArray(key) ? key.map(String) : [];
  } catch {
    return [];
  }
}

function planOf(schema: IndexSchema): IndexPlan {
  const key = testTables.find(({ name }) => name === schema.table.name)?.key ?? [];
  return {
    schema,
    key,
    docId: key,
    tables: testTables.map(({ name, key: own, links, columns }) => ({
      table: { schema: schema.table.schema, name },
      key: own,
      links: [...own, ...links],
      watched: Object.keys(columns),
      uses: [{ index: schema.index, role: name === 'orders' ? 'root' : 'child', field: '' }],
    })),
  };
}

function problems(schema: IndexSchema): readonly Diagnostic[] {
  const error = (code: string): Diagnostic => ({ severity: 'error', code, message: code, path: schema.at });
  const table = testTables.find(({ name }) => name === schema.table.name);
  if (table === undefined) return [error('SLUICE_SCHEMA_TABLE')];
  return schema.fields.flatMap((field: Field) => {
    if (field.kind !== 'scalar') return [];
    const type = table.columns[field.column];
    if (type === undefined) return [error('SLUICE_SCHEMA_COLUMN')];
    return field.type === 'uuid' && type !== 'uuid' ? [error('SLUICE_SCHEMA_TYPE')] : [];
  });
}
