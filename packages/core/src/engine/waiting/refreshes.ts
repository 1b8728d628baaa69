import type { Generation, Sink } from '../../contracts/index.ts';
import { recordId } from '../generations/generation-record.ts';

interface Turns {
  running: Promise<void>;
  /** Begins when the running one has ended; everybody who came meanwhile shares it. */
  next: Promise<void> | null;
}

/** Refreshes of generations on behalf of many who wait: one at a time for each, shared by those who came before it. */
export class Refreshes {
  readonly #turns = new Map<string, Turns>();

  /** Resolves when searches find what was durable when it was called. */
  refresh(name: string, sink: Sink, generation: Generation): Promise<void> {
    if (sink.refresh === undefined) return Promise.resolve();
    const key = `${name}/${recordId(generation)}`;
    const turns = this.#turns.get(key);
    if (turns === undefined) return this.#begin(key, sink, generation);
    turns.next ??= turns.running.catch(() => undefined).then(() => this.#begin(key, sink, generation));
    return turns.next;
  }

  #begin(key: string, sink: Sink, generation: Generation): Promise<void> {
    const running = (async () => sink.refresh?.(generation))();
    const turns: Turns = { running, next: null };
    this.#turns.set(key, turns);
    const over = () => {
      if (this.#turns.get(key) === turns && turns.next === null) this.#turns.delete(key);
    };
    running.then(over, over);
    return running;
  }
}
