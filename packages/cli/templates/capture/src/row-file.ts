import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { RowValues } from '@sluice/core';

/** The rows of the test source: on the disk, because a check measures the memory of this process. */
export class RowFile {
  readonly #file: number;
  readonly #places = new Map<string, { readonly at: number; readonly length: number }>();
  #end = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w+');
  }

  get(key: string): RowValues | undefined {
    const place = this.#places.get(digest(key));
    if (place === undefined) return undefined;
    const text = Buffer.alloc(place.length);
    readSync(this.#file, text, 0, place.length, place.at);
    return JSON.parse(text.toString());
  }

  set(key: string, row: RowValues): void {
    const text = Buffer.from(JSON.stringify(row));
    writeSync(this.#file, text, 0, text.length, this.#end);
    this.#places.set(digest(key), { at: this.#end, length: text.length });
    this.#end += text.length;
  }

  delete(key: string): void {
    this.#places.delete(digest(key));
  }

  close(): void {
    closeSync(this.#file);
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
