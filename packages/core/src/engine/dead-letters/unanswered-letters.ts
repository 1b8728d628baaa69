import type { DeadLetter, Generation, Sink, SinkReader } from '../../contracts/index.ts';

/** Bodies come with the versions, and may be large. */
const readAtOnce = 100;

/**
 * The letters that stand: those of documents that the sink does not hold at their version or above.
 * Whoever wrote such a document and died before it removed the letter left one that is none. A sink
 * that gives nothing back leaves all of them standing.
 */
export async function unanswered(
  reader: SinkReader | undefined,
  generation: Generation,
  letters: readonly DeadLetter[],
): Promise<readonly DeadLetter[]> {
  if (reader?.read === undefined || letters.length === 0) return letters;
  const standing: DeadLetter[] = [];
  for (let from = 0; from < letters.length; from += readAtOnce) {
    const part = letters.slice(from, from + readAtOnce);
    const held = await reader.read(generation, part);
    standing.push(...part.filter((letter, at) => (held[at]?.version ?? -1n) < letter.version));
  }
  return standing;
}

/**
 * The dead letters of a generation that stand, in pages: what its sink lacks or holds in a former state,
 * and is known to. Legal at any time; changes nothing.
 */
export async function* deadLetters(
  sink: Sink,
  generation: Generation,
  pageSize = 500,
): AsyncGenerator<readonly DeadLetter[]> {
  const store = sink.deadLetters;
  if (store === undefined) return;
  // Of a generation that is gone there is nothing to read back.
  const there = (await sink.generations?.exists(generation)) ?? true;
  for await (const page of store.list(generation, pageSize)) {
    const standing = there ? await unanswered(sink.reader, generation, page) : page;
    if (standing.length > 0) yield standing;
  }
}
