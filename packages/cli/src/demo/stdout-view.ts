import { Writable } from 'node:stream';
import type { DocumentView } from './document-view.ts';

/** One line of the stdout sink. */
interface Line {
  readonly index: string;
  readonly op: string;
  readonly id: string;
  readonly document?: unknown;
}

/**
 * Takes what the stdout sink writes and keeps the newest of each document, as any program reading
 * the pipe could.
 */
export function stdoutView(): { readonly view: DocumentView; readonly stdout: NodeJS.WritableStream } {
  const indexes = new Map<string, Map<string, { revision: string; content: unknown }>>();
  let lines = 0;
  let rest = '';
  const take = (text: string) => {
    const line = JSON.parse(text) as Line;
    lines += 1;
    const documents = indexes.get(line.index) ?? new Map();
    indexes.set(line.index, documents);
    if (line.op === 'delete') documents.delete(line.id);
    else documents.set(line.id, { revision: String(lines), content: line.document });
  };
  const stdout = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part !== '') take(part);
      done();
    },
  });
  const view: DocumentView = {
    get: async ({ index, id }) => indexes.get(index)?.get(id) ?? null,
    all: async (index) =>
      new Map([...(indexes.get(index) ?? [])].map(([id, { content }]) => [id, content] as const)),
  };
  return { view, stdout };
}
