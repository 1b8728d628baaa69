import type { PluginContext } from '@sluice/core';
import Database from 'libsql';

/** Values of a row, integers as bigint: a version needs all of its 64 bits. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The file, opened with the first statement. One connection, no statement of which waits: SQLite
 * answers at once. What fails is thrown as the error that tells the engine whether to try again.
 */
export interface Store {
  exec(sql: string): void;
  all(sql: string, ...values: readonly (string | bigint | null)[]): readonly Row[];
  /** Durable when it returns; nothing of it is there when `work` throws. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/** Trying again cannot help: not a database, no such folder, no right to write, not enough rights. */
const hopeless = /CORRUPT|NOTADB|READONLY|CANTOPEN|PERM|AUTH|ConnectionFailed/;

export function openStore(file: string, makeError: PluginContext['error']): Store {
  let opened: Database.Database | null = null;
  const prepared = new Map<string, Database.Statement>();

  function database(): Database.Database {
    if (opened !== null) return opened;
    opened = new Database(file, { timeout: 5000 });
    // A commit is on disk when it returns, and readers never wait for it.
    opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return opened;
  }

  function guarded<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      if (!isSqliteError(cause)) throw cause;
      const code = hopeless.test(`${cause.code} ${cause.message}`)
        ? 'SLUICE_SINK_REFUSED'
        : 'SLUICE_SINK_UNAVAILABLE';
      throw makeError(code, `SQLite file ${file}: ${cause.message}`, {
        hint: `Make sure that ${file} is a SQLite database in a folder that exists, and that this user may write both.`,
        cause,
      });
    }
  }

  function statement(sql: string): Database.Statement {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const made = database().prepare(sql).safeIntegers();
    prepared.set(sql, made);
    return made;
  }

  return {
    exec: (sql) => guarded(() => void database().exec(sql)),
    all: (sql, ...values) => guarded(() => statement(sql).all(...values) as readonly Row[]),
    transaction: (work) => guarded(() => database().transaction(work).immediate()),
    close() {
      opened?.close();
      opened = null;
      prepared.clear();
    },
  };
}

export function isSqliteError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Database.SqliteError;
}

/** A name as SQLite reads it, whatever it holds. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
