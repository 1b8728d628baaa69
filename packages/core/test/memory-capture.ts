import type {
  CaptureHealth,
  CaptureLag,
  CaptureRequirements,
  Change,
  ChangeBatch,
  ChangeCapture,
  CoverageReport,
  Position,
  ProvisionOptions,
  ProvisionReport,
  ProvisionScript,
  RowValues,
} from '../src/contracts/index.ts';
import { SluiceError } from '../src/errors/index.ts';
import { type Commit, MemoryDatabase, type RowChange } from './memory-database.ts';

/** Changes in one batch, at most. */
const batchSize = 100;
/** Where the log begins: positions have different numbers of digits. */
const base = 95;

/** What the mechanism has in its database. */
interface Mechanism {
  /** Named by no other that was ever made. */
  readonly id: number;
  readonly tables: Set<string>;
  /** Transactions that wrote before a table joined. */
  readonly before: Set<object>;
  /** Commits of the log that are acknowledged. */
  acknowledged: number;
  holder: object | null;
}

/** A database with room for a mechanism. */
export class MemoryWorld {
  readonly database = new MemoryDatabase();
  readonly cutOff = new Set<object>();
  mechanism: Mechanism | null = null;
  wasLost = false;
  made = 0;
  /** Ends of commits that are barriers. */
  readonly barriers = new Set<number>();
  /** Bytes that instances hold. */
  held = 0;
  /** The commit that a change is from. */
  readonly commits = new WeakMap<Change, Commit>();

  constructor() {
    this.database.tell = (table) => (this.mechanism?.tables.has(table) === true ? this.mechanism.id : null);
  }
}

/** What an acknowledgement says: everything of the log before `end`. */
export interface MemoryToken {
  readonly end: number;
}

export const isToken = (token: unknown): token is MemoryToken =>
  typeof token === 'object' && token !== null && 'end' in token && typeof token.end === 'number';

function inUse(): SluiceError {
  return new SluiceError('SLUICE_CAPTURE_IN_USE', 'Another instance streams.');
}

/** A capture that keeps every promise, as short as one can be: the kit's own reference. */
export class MemoryCapture implements ChangeCapture {
  readonly #world: MemoryWorld;
  #closed = false;

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  async inspect(required: CaptureRequirements): Promise<CoverageReport> {
    const { mechanism, wasLost } = this.#reached();
    const holder = mechanism?.holder ?? null;
    return {
      mechanism: mechanism !== null ? 'ready' : wasLost ? 'lost' : 'absent',
      problems: [],
      tables: required.tables.map(({ table }) => ({
        table,
        covered: mechanism?.tables.has(table.name) ?? false,
        problems: [],
      })),
      ...(holder === null || holder === this ? {} : { heldBy: 'another instance' }),
    };
  }

  async provision(required: CaptureRequirements, options: ProvisionOptions): Promise<ProvisionReport> {
    options.signal.throwIfAborted();
    const world = this.#reached();
    const created = world.mechanism === null;
    const missing = this.#missing(required);
    if (created) world.made += 1;
    world.mechanism ??= {
      id: world.made,
      tables: new Set(),
      before: new Set(),
      acknowledged: world.database.log.length,
      holder: null,
    };
    world.wasLost = false;
    for (const { name } of missing) world.mechanism.tables.add(name);
    if (missing.length > 0) for (const open of world.database.open) world.mechanism.before.add(open);
    return {
      created,
      added: created ? [] : missing,
      statements: missing.map(({ name }) => `follow ${name}`),
    };
  }

  async script(required: CaptureRequirements): Promise<ProvisionScript> {
    this.#reached();
    const statements = this.#missing(required).map(({ name }) => `follow ${name}`);
    return { sections: statements.length === 0 ? [] : [{ title: 'Tables', statements }] };
  }

  async deprovision(): Promise<readonly string[]> {
    const world = this.#reached();
    const removed = world.mechanism === null ? [] : ['the mechanism'];
    world.mechanism = null;
    world.wasLost = false;
    world.database.notify();
    return removed;
  }

  async settled({ signal, onWait }: ProvisionOptions): Promise<void> {
    for (let told = false; ; told = true) {
      const { database, mechanism } = this.#reached();
      signal.throwIfAborted();
      if (![...(mechanism?.before ?? [])].some((open) => database.open.has(open))) return;
      if (!told) onWait?.('Transactions that wrote before the tables joined are still open.');
      await database.changed(signal);
    }
  }

  async *stream(
    required: CaptureRequirements,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, void, undefined> {
    if (signal.aborted) return;
    const { database } = this.#world;
    const mechanism = this.#ready();
    if (mechanism.holder !== null && mechanism.holder !== this) {
      throw inUse();
    }
    mechanism.holder = this;
    try {
      let at = mechanism.acknowledged;
      while (!signal.aborted && !this.#closed) {
        if (this.#ready() !== mechanism) throw lost();
        const commit = database.log[at];
        if (commit === undefined) {
          await database.changed(signal);
          continue;
        }
        yield* this.#batches(commit, at, required, mechanism);
        at += 1;
      }
    } finally {
      if (mechanism.holder === this) mechanism.holder = null;
      database.notify();
    }
  }

  acknowledge(token: unknown): void {
    const { mechanism, cutOff } = this.#world;
    if (!isToken(token) || mechanism === null || cutOff.has(this)) return;
    mechanism.acknowledged = Math.max(mechanism.acknowledged, token.end);
  }

  async barrier(): Promise<Position> {
    const { database } = this.#reached();
    database.commit([]);
    this.#world.barriers.add(database.log.length);
    return position(database.log.length);
  }

  comparePositions(a: Position, b: Position): number {
    return Number(a) - Number(b);
  }

  async identity(): Promise<string> {
    return `memory ${this.#reached().mechanism?.id ?? 'none'}`;
  }

  async acknowledged(): Promise<Position | null> {
    const { mechanism } = this.#reached();
    return mechanism === null ? null : position(mechanism.acknowledged);
  }

  async lag(): Promise<CaptureLag> {
    const { database, mechanism } = this.#reached();
    return mechanism === null ? {} : { changes: database.log.length - mechanism.acknowledged };
  }

  async heldBy(): Promise<string | null> {
    const holder = this.#reached().mechanism?.holder ?? null;
    return holder === null || holder === this ? null : 'another instance';
  }

  async health(): Promise<CaptureHealth> {
    const { database, mechanism, wasLost } = this.#reached();
    if (mechanism === null) return { state: wasLost ? 'lost' : 'absent', details: {} };
    const changes = database.log.length - mechanism.acknowledged;
    return { state: 'ready', changes, retainedBytes: 100 * changes, details: { id: mechanism.id } };
  }

  async release(): Promise<readonly string[]> {
    const world = this.#reached();
    if (world.mechanism === null) return [];
    if (world.mechanism.holder !== null) throw inUse();
    world.wasLost = true;
    world.mechanism = null;
    return ['the mechanism'];
  }

  isPosition(text: string): boolean {
    return /^\d+$/.test(text);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#world.database.notify();
  }

  *#batches(
    commit: Commit,
    at: number,
    required: CaptureRequirements,
    mechanism: Mechanism,
  ): Generator<ChangeBatch> {
    const links = new Map(required.tables.map(({ table, links: columns }) => [table.name, columns]));
    const told = commit.changes.filter((row) => row.told === mechanism.id && links.has(row.table));
    for (let from = 0; from === 0 || from < told.length; from += batchSize) {
      const rows = told.slice(from, from + batchSize);
      const last = from + batchSize >= told.length;
      yield {
        changes: rows.map((row) => this.#change(row, links.get(row.table) ?? [], commit)),
        token: { end: last ? at + 1 : at } satisfies MemoryToken,
        position: last ? position(at + 1) : null,
        ...(last && this.#world.barriers.has(at + 1) ? { barrier: true } : {}),
        transactions: [],
        committedAt: null,
        bytes: 100 * rows.length,
      };
    }
  }

  #change(row: RowChange, links: readonly string[], commit: Commit): Change {
    const linksOf = (values: RowValues) =>
      Object.fromEntries(links.map((link) => [link, values[link] ?? null]));
    const before = row.before === null ? null : linksOf(row.before);
    const after = row.after === null ? null : linksOf(row.after);
    const moved = row.operation === 'delete' || JSON.stringify(before) !== JSON.stringify(after);
    const change: Change = {
      table: { schema: this.#world.database.schema, name: row.table },
      operation: row.operation,
      ...(before === null || !moved ? {} : { before }),
      ...(after === null ? {} : { after }),
    };
    this.#world.commits.set(change, commit);
    return change;
  }

  #missing(required: CaptureRequirements) {
    const tables = this.#world.mechanism?.tables;
    return required.tables.map(({ table }) => table).filter(({ name }) => tables?.has(name) !== true);
  }

  #reached(): MemoryWorld {
    if (this.#world.cutOff.has(this)) {
      throw new SluiceError('SLUICE_SOURCE_UNAVAILABLE', 'The database cannot be reached.');
    }
    return this.#world;
  }

  #ready(): Mechanism {
    const { mechanism } = this.#reached();
    if (mechanism === null) throw lost();
    return mechanism;
  }
}

const position = (commits: number): Position => String(base + commits);

const lost = () => new SluiceError('SLUICE_CAPTURE_LOST', 'The mechanism is not there.');
