import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangeCapture, PluginContext, RowValues } from '@sluice/core';
import type { CaptureDriver, CaptureSource, SourceWriter } from '@sluice/core/conformance';
import type { JournalChange, JournalEntry } from './journal.ts';
import { JournalCapture } from './journal-capture.ts';
import { stateFolder } from './journal-state.ts';
import { RowFile } from './row-file.ts';

/**
 * What the conformance checks drive the capture with: used by the test beside it and, because the
 * manifest names it, by `sluice plugin verify`. Its source is an application that writes the journal
 * as a real one must: one append for each transaction.
 */
export default function driver(context: PluginContext): CaptureDriver {
  return { start: () => startSource(context) };
}

const schema = 'Shop';
const keys: Readonly<Record<string, readonly string[]>> = {
  customers: ['id'],
  orders: ['region', 'number'],
  orderItems: ['id'],
};

async function startSource(context: PluginContext): Promise<CaptureSource> {
  const folder = await mkdtemp(join(tmpdir(), 'template-name-'));
  const file = join(folder, 'journal.ndjson');
  const cuts = new Map<ChangeCapture, () => void>();
  const rows = new RowFile(join(folder, 'rows'));
  let transaction = 100;

  const commit = async (changes: readonly JournalChange[]): Promise<void> => {
    transaction += 1;
    const id = String(transaction);
    let text = '';
    for (let from = 0; from < changes.length; from += 500) {
      const part = changes.slice(from, from + 500);
      const entry: JournalEntry = { transaction: id, at: Date.now(), changes: part };
      text += `${JSON.stringify(from + 500 < changes.length ? { ...entry, more: true } : entry)}\n`;
    }
    if (text !== '') await appendFile(file, text);
  };

  /** Gives what it does to `done`: at once, or when its transaction commits. */
  const writer = (done: (changes: readonly JournalChange[]) => Promise<void>): SourceWriter => ({
    insert: (table, inserted) =>
      done(
        inserted.map((after) => {
          rows.set(keyOf(table, after), after);
          return { schema, table, operation: 'insert', after };
        }),
      ),
    update: async (table, key, set) => {
      const before = rows.get(keyOf(table, key));
      if (before === undefined) return;
      const after = { ...before, ...set };
      rows.delete(keyOf(table, key));
      rows.set(keyOf(table, after), after);
      await done([{ schema, table, operation: 'update', before, after }]);
    },
    delete: async (table, key) => {
      const before = rows.get(keyOf(table, key));
      if (before === undefined) return;
      rows.delete(keyOf(table, key));
      await done([{ schema, table, operation: 'delete', before }]);
    },
    truncate: (table) => done([{ schema, table, operation: 'truncate' }]),
  });

  return {
    schema,
    ...writer(commit),

    async begin() {
      const changes: JournalChange[] = [];
      return {
        ...writer(async (more) => {
          changes.push(...more);
        }),
        commit: () => commit(changes),
        rollback: async () => undefined,
      };
    },

    async open() {
      let cut = false;
      const capture = new JournalCapture(context, {
        file,
        pollMs: 10,
        commitWithinMs: 0,
        reach: (access) =>
          cut ? Promise.reject(Object.assign(new Error('cut off'), { code: 'EIO' })) : access(),
      });
      cuts.set(capture, () => {
        cut = true;
      });
      return capture;
    },

    async cutOff(capture) {
      cuts.get(capture)?.();
      // Of a process on a dead machine nobody would say that it lives.
      await rm(join(stateFolder(file), 'lock'), { force: true });
    },

    lose: () => rm(stateFolder(file), { recursive: true, force: true }),

    remains: () => readdir(stateFolder(file)).catch(() => []),

    async cleanUp() {
      rows.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function keyOf(table: string, row: RowValues): string {
  return JSON.stringify([table, ...(keys[table] ?? []).map((column) => row[column])]);
}
