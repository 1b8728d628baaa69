import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Generation, PluginContext, Sink, WriteReport, WriteRequest } from '@sluice/core';
import { documentLine } from './document-line.ts';
import { DocumentLog } from './document-log.ts';

/** One file for each generation of an index. */
export function fileName(prefix: string, { index, hash, number }: Generation): string {
  return `${encodeURIComponent(prefix + index)}_${hash}_${number}.ndjson`;
}

/**
 * Appends every document to a file as a line of JSON. The file is a log: of several lines for one
 * document the one with the highest version counts, and of equal versions the last. So several
 * processes may append to it at once, and an older state that comes late changes nothing.
 */
export function createFileSink(
  directory: string,
  { prefix, error }: Pick<PluginContext, 'prefix' | 'error'>,
): Sink {
  const logs = new Map<string, Promise<DocumentLog>>();

  const logOf = (generation: Generation): Promise<DocumentLog> => {
    const name = fileName(prefix, generation);
    const opened = logs.get(name) ?? openLog(join(directory, name), directory);
    logs.set(name, opened);
    // What failed once may work the next time.
    opened.catch(() => logs.delete(name));
    return opened;
  };

  /** What the file system says, as an error that the engine knows what to do about. */
  const failing = async <Result>(what: string, run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run();
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (typeof code !== 'string') throw cause;
      const message = `Could not ${what} in ${directory}: ${code}`;
      // A person must act on those; a full disk, say, may have room again.
      const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code);
      throw refused
        ? error('SLUICE_SINK_REFUSED', message, { cause, hint: 'Give Sluice the right to write there.' })
        : error('SLUICE_SINK_UNAVAILABLE', message, { cause });
    }
  };

  return {
    ordering: 'versioned',

    // Nothing in the options shapes a file.
    fingerprint: () => null,

    ensureIndex: (generation) =>
      failing(`open the file of ${generation.index}`, async () => {
        await logOf(generation);
      }),

    write: (request) =>
      failing(`write to ${request.generation.index}`, async () => {
        request.signal.throwIfAborted();
        const log = await logOf(request.generation);
        return log.exclusively(() => writeTo(log, request));
      }),

    reader: {
      async *list(generation, pageSize) {
        const log = await logOf(generation);
        await log.exclusively(() => log.refresh());
        const held = [...log.held.values()].filter(({ deleted }) => !deleted);
        for (let at = 0; at < held.length; at += pageSize) yield held.slice(at, at + pageSize);
      },
    },

    async close() {
      const opened = await Promise.allSettled(logs.values());
      logs.clear();
      for (const result of opened) if (result.status === 'fulfilled') await result.value.close();
    },
  };
}

async function writeTo(log: DocumentLog, { documents, epoch, signal }: WriteRequest): Promise<WriteReport> {
  signal.throwIfAborted();
  await log.refresh();
  const lines: string[] = [];
  let highestHeld: bigint | null = null;
  for (const document of documents) {
    const version = (BigInt(epoch) << 48n) + document.version;
    const held = log.versionAt(document);
    if (held === null || held <= version) lines.push(documentLine(document, version));
    else if (highestHeld === null || held > highestHeld) highestHeld = held;
  }
  // Nothing was written so far; from here on it is written to the end, whoever aborts.
  signal.throwIfAborted();
  await log.append(lines);
  return { accepted: lines.length, conflicts: documents.length - lines.length, highestHeld, rejected: [] };
}

async function openLog(path: string, directory: string): Promise<DocumentLog> {
  const file = await open(path, 'a+');
  try {
    await syncDirectory(directory);
    const log = new DocumentLog(file);
    await log.refresh();
    return log;
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** A new file's name is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(path, 'r');
    await directory.sync();
  } catch (cause) {
    // Windows opens no directories.
    if (process.platform !== 'win32') throw cause;
  } finally {
    await directory?.close();
  }
}
