import type { FileHandle } from 'node:fs/promises';
import type { DocumentReference } from '@sluice/core';
import { type HeldLine, parseLine } from './document-line.ts';

const chunkSize = 1 << 20;
const newline = 10;

/** An append-only file of documents, and what it holds of each: one small entry per document in memory. */
export class DocumentLog {
  readonly held = new Map<string, HeldLine>();
  readonly #file: FileHandle;
  /** Up to here the file was read: always the end of a line. */
  #offset = 0;
  /** The file does not end with a line break: a process was killed as it wrote. */
  #torn = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Runs one after the other what must not interleave. */
  exclusively<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }

  versionAt(place: DocumentReference): bigint | null {
    return this.held.get(keyOf(place))?.version ?? null;
  }

  /** Reads what was appended since, by this process or another. */
  async refresh(): Promise<void> {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const { bytesRead } = await this.#file.read(chunk, 0, chunkSize, this.#offset + rest.length);
      if (bytesRead === 0) break;
      const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(newline) + 1;
      for (const line of text.toString('utf8', 0, end).split('\n')) this.#take(line);
      this.#offset += end;
      rest = text.subarray(end);
    }
    this.#torn = rest.length > 0;
  }

  /** Resolves when the lines are on the disk, and not in the system's memory only. */
  async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    await this.#file.appendFile(`${this.#torn ? '\n' : ''}${lines.join('')}`);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.exclusively(() => this.#file.close());
  }

  #take(text: string): void {
    const line = text === '' ? null : parseLine(text);
    if (line === null) return;
    const key = keyOf(line);
    const known = this.held.get(key);
    if (known === undefined || known.version <= line.version) this.held.set(key, line);
  }
}

function keyOf({ id, routing }: DocumentReference): string {
  return JSON.stringify([id, routing]);
}
