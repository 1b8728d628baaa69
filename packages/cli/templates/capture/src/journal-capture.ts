import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  CaptureLag,
  CaptureRequirements,
  Change,
  ChangeBatch,
  ChangeCapture,
  CoverageProblem,
  CoverageReport,
  PluginContext,
  Position,
  ProvisionOptions,
  ProvisionReport,
  ProvisionScript,
  TableName,
} from '@sluice/core';
import { endOfJournal, type JournalLine, readLines, toChange } from './journal.ts';
import {
  type JournalState,
  lockHolder,
  makeStateFolder,
  readState,
  removeStateFolder,
  savePosition,
  saveTables,
  stateFolder,
  takeLock,
} from './journal-state.ts';

export interface JournalOptions {
  /** Absolute. */
  readonly file: string;
  readonly pollMs: number;
  readonly commitWithinMs: number;
  /** Every access to the file system goes through it: a test cuts the capture off here. */
  readonly reach?: <Result>(access: () => Promise<Result>) => Promise<Result>;
}

/** Changes of one batch, about: what is in memory stays bounded. */
const batchChanges = 1_000;

/** What `acknowledge` needs. A batch within a transaction leads back to the transaction's beginning. */
class Token {
  readonly offset: number;

  constructor(offset: number) {
    this.offset = offset;
  }
}

/**
 * Follows a journal: a file to which the application appends the changes of each transaction, just
 * before it commits. The position is an offset in that file, always between two transactions.
 */
export class JournalCapture implements ChangeCapture {
  readonly #context: Pick<PluginContext, 'error' | 'logger'>;
  readonly #options: JournalOptions;
  readonly #folder: string;
  /** The highest offset acknowledged to this instance. */
  #acknowledged = 0;
  #saving: Promise<void> | null = null;
  #holder: string | null = null;
  #closed = false;

  constructor(context: Pick<PluginContext, 'error' | 'logger'>, options: JournalOptions) {
    this.#context = context;
    this.#options = options;
    this.#folder = stateFolder(options.file);
  }

  async inspect({ tables }: CaptureRequirements): Promise<CoverageReport> {
    const [state, end, holder] = await this.#reach('read the journal', async () => [
      await readState(this.#folder),
      await endOfJournal(this.#options.file),
      await lockHolder(this.#folder),
    ]);
    const lost = state !== null && end < state.acknowledged;
    const covered = new Set(lost ? [] : state?.tables);
    return {
      mechanism: state === null ? 'absent' : lost ? 'lost' : 'ready',
      problems: [],
      tables: tables.map(({ table }) => ({
        table,
        covered: covered.has(keyOf(table)),
        problems: covered.has(keyOf(table)) ? [] : [notCovered(table)],
      })),
      ...(holder === null || holder === this.#holder ? {} : { heldBy: holder }),
    };
  }

  async provision({ tables }: CaptureRequirements, { signal }: ProvisionOptions): Promise<ProvisionReport> {
    signal.throwIfAborted();
    return this.#reach('make the state of the capture', async () => {
      const end = await endOfJournal(this.#options.file);
      const found = await readState(this.#folder);
      const created = found === null || end < found.acknowledged;
      const before: JournalState = created ? { id: randomUUID(), acknowledged: end, tables: [] } : found;
      const added = tables.map(({ table }) => table).filter((table) => !before.tables.includes(keyOf(table)));
      if (!created && added.length === 0) return { created, added, statements: [] };
      await makeStateFolder(this.#folder);
      if (created) await savePosition(this.#folder, end);
      await saveTables(this.#folder, { id: before.id, tables: [...before.tables, ...added.map(keyOf)] });
      return { created, added, statements: statements(this.#folder, created, added) };
    });
  }

  async script(required: CaptureRequirements): Promise<ProvisionScript> {
    const { mechanism, tables } = await this.inspect(required);
    const missing = tables.filter(({ covered }) => !covered).map(({ table }) => table);
    const lines = statements(this.#folder, mechanism !== 'ready', missing);
    return { sections: lines.length === 0 ? [] : [{ title: 'State of the capture', statements: lines }] };
  }

  async deprovision({ signal }: ProvisionOptions): Promise<readonly string[]> {
    signal.throwIfAborted();
    await this.#saving;
    return this.#reach('remove the state of the capture', () => removeStateFolder(this.#folder));
  }

  /** Lines before the beginning are not delivered: their transactions must have ended before a scan. */
  async settled({ signal, onWait }: ProvisionOptions): Promise<void> {
    const written = await this.#reach('look at the journal', async () => {
      const { mtimeMs } = await stat(this.#options.file).catch(() => ({ mtimeMs: 0 }));
      return mtimeMs;
    });
    const wait = written + this.#options.commitWithinMs - Date.now();
    if (wait <= 0) return;
    onWait?.(`the transactions of the last ${this.#options.commitWithinMs} ms`);
    await delay(wait, undefined, { signal });
  }

  async *stream({ tables }: CaptureRequirements, signal: AbortSignal): AsyncIterable<ChangeBatch> {
    if (signal.aborted) return;
    const state = await this.#begin();
    const lock = await this.#reach('lock the journal', () => takeLock(this.#folder));
    if (typeof lock === 'string') {
      throw this.#context.error('SLUICE_CAPTURE_IN_USE', `${this.#options.file} is followed by ${lock}`);
    }
    this.#holder = lock.holder;
    try {
      const required = new Map(tables.map((table) => [keyOf(table.table), table] as const));
      let offset = state.acknowledged;
      let boundary = offset;
      // An idle journal reaches a barrier too.
      yield batchOf([], [], boundary, boundary);
      while (!signal.aborted) {
        const from = offset;
        const lines = await this.#reach('read the journal', () => readLines(this.#options.file, from));
        if (lines.length === 0) await this.#pause(signal);
        for (const group of groupsOf(lines)) {
          const last = group.at(-1);
          if (last === undefined || signal.aborted) break;
          offset = last.end;
          const within = last.entry.more === true;
          if (!within) boundary = offset;
          const changes = group
            .flatMap(({ entry }) => entry.changes)
            .flatMap((change) => toChange(change, required) ?? []);
          yield batchOf(group, changes, boundary, within ? null : boundary);
        }
      }
    } finally {
      this.#holder = null;
      // Where it cannot be reached, the lock dies with this process.
      await this.#reach('unlock the journal', () => lock.release()).catch((error: unknown) =>
        this.#context.logger.warn('The lock stays', { error }),
      );
    }
  }

  acknowledge(token: unknown): void {
    if (this.#closed || !(token instanceof Token) || token.offset <= this.#acknowledged) return;
    this.#acknowledged = token.offset;
    this.#saving ??= this.#save();
  }

  async barrier(): Promise<Position> {
    return String(await this.#reach('read the journal', () => endOfJournal(this.#options.file)));
  }

  comparePositions(a: Position, b: Position): number {
    return Number(a) - Number(b);
  }

  async identity(): Promise<string> {
    const state = await this.#reach('read the state', () => readState(this.#folder));
    return `journal ${this.#options.file} ${state?.id ?? ''}`;
  }

  async acknowledged(): Promise<Position | null> {
    const state = await this.#reach('read the state', () => readState(this.#folder));
    return state === null ? null : String(state.acknowledged);
  }

  async lag(): Promise<CaptureLag> {
    return this.#reach('read the journal', async () => {
      const state = await readState(this.#folder);
      if (state === null) return {};
      return { bytes: Math.max(0, (await endOfJournal(this.#options.file)) - state.acknowledged) };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#saving;
  }

  /** Where a stream begins. */
  async #begin(): Promise<JournalState> {
    const [state, end] = await this.#reach('read the journal', async () => {
      await this.#saving;
      return [await readState(this.#folder), await endOfJournal(this.#options.file)] as const;
    });
    if (state === null || end < state.acknowledged) {
      const what = state === null ? 'has no state' : 'is shorter than what was read of it';
      throw this.#context.error('SLUICE_CAPTURE_LOST', `The journal ${this.#options.file} ${what}`);
    }
    this.#acknowledged = state.acknowledged;
    return state;
  }

  /** Makes the highest acknowledged offset durable; one write at a time, and one more if it rose meanwhile. */
  async #save(): Promise<void> {
    try {
      for (let saved = -1; saved < this.#acknowledged; ) {
        saved = this.#acknowledged;
        const acknowledged = saved;
        await this.#reach('save the position', async () => {
          const state = await readState(this.#folder);
          if (state !== null && state.acknowledged < acknowledged)
            await savePosition(this.#folder, acknowledged);
        });
      }
    } catch (error) {
      // It is delivered again after a restart, and acknowledged again: nothing is lost.
      this.#context.logger.warn('The position could not be saved', { error });
    } finally {
      this.#saving = null;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    // An aborted stream ends; it does not fail.
    await delay(this.#options.pollMs, undefined, { signal }).catch(() => undefined);
  }

  /** Runs what touches the file system; what that says becomes an error that the engine knows. */
  async #reach<Result>(what: string, access: () => Promise<Result>): Promise<Result> {
    try {
      return await (this.#options.reach ?? ((run) => run()))(access);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (typeof code !== 'string' || code.startsWith('SLUICE_')) throw cause;
      const message = `Could not ${what} (${this.#options.file}): ${code}`;
      throw this.#context.error('SLUICE_SOURCE_UNAVAILABLE', message, { cause });
    }
  }
}

/** Cuts lines into batches of bounded size; a batch ends a transaction, or holds a part of one only. */
function* groupsOf(lines: readonly JournalLine[]): Generator<readonly JournalLine[]> {
  let group: JournalLine[] = [];
  let changes = 0;
  for (const line of lines) {
    group.push(line);
    changes += line.entry.changes.length;
    if (changes < batchChanges) continue;
    yield group;
    group = [];
    changes = 0;
  }
  if (group.length > 0) yield group;
}

function batchOf(
  lines: readonly JournalLine[],
  changes: readonly Change[],
  boundary: number,
  position: number | null,
): ChangeBatch {
  return {
    changes,
    token: new Token(boundary),
    position: position === null ? null : String(position),
    // A line is written before its transaction commits: the engine waits until readers see it.
    transactions: [...new Set(lines.map(({ entry }) => entry.transaction))],
    committedAt: lines.at(-1)?.entry.at ?? null,
    bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function keyOf({ schema, name }: TableName): string {
  return JSON.stringify([schema, name]);
}

function notCovered({ schema, name }: TableName): CoverageProblem {
  return {
    code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
    message: `Changes of ${schema}.${name} are not followed yet`,
    fixable: true,
  };
}

function statements(folder: string, created: boolean, added: readonly TableName[]): readonly string[] {
  return [
    ...(created ? [`mkdir -p '${folder}'`] : []),
    ...added.map(({ schema, name }) => `# in ${folder}/state.json: follow "${schema}"."${name}"`),
  ];
}
