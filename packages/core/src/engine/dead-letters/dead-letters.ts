import type {
  DeadLetter,
  DeadLetterRemoval,
  DeadLetterStore,
  DocumentReference,
  Generation,
  NewDeadLetter,
  Observer,
  SinkReader,
} from '../../contracts/index.ts';
import { placeOf } from '../delivery/pending-keys.ts';
import { unanswered } from './unanswered-letters.ts';

/** Letters of a generation remembered at most; of more, the store is asked page by page. */
const mostRemembered = 100_000;
const pageSize = 1_000;

export interface DeadLettersOptions {
  readonly store: DeadLetterStore;
  readonly reader: SinkReader | undefined;
  readonly generation: Generation;
  /** The sink's name. */
  readonly sink: string;
  /** Default 100,000. */
  readonly mostRemembered?: number;
}

/**
 * The dead letters of one generation as a session sees them. It remembers where there are any, so
 * that documents without a letter cost no request: what others put meanwhile is found by `load`.
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** The version of the letter at each place, perhaps of one that is gone; null: too many. */
  #known: Map<string, bigint> | null = new Map();
  /** What is on its way to the store. */
  readonly #putting = new Map<string, bigint>();
  /** What may have been put while `load` reads. */
  #meanwhile: Map<string, bigint> | null = null;
  #total = 0;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** How many there are, as far as this process knows. */
  get total(): number {
    return this.#total;
  }

  /** There is none to look for. */
  get none(): boolean {
    return this.#known?.size === 0;
  }

  /** Every letter is remembered, so that looking again costs little. */
  get remembered(): boolean {
    return this.#known !== null;
  }

  /** Learns what there is. Legal at any time, once at a time. */
  async load(): Promise<void> {
    this.#meanwhile = new Map(this.#putting);
    try {
      let known: Map<string, bigint> | null = new Map();
      let total = 0;
      for await (const page of this.list()) {
        total += page.length;
        for (const letter of page) known?.set(placeOf(letter), letter.version);
        if (total > this.#most) known = null;
      }
      for (const [place, version] of this.#meanwhile) keepNewer(known, place, version);
      this.#known = known;
      this.#total = total;
    } finally {
      this.#meanwhile = null;
    }
  }

  /**
   * Removes what a process left that died between a write and the removal of its letter, or that put one
   * where the document was accepted already. Asks the sink for every document with a letter, so it is done seldom, and not for very many.
   */
  async removeAnswered(): Promise<void> {
    if (this.none || !this.remembered) return;
    const { store, reader, generation } = this.#options;
    for await (const page of this.list()) {
      const standing = new Set(await unanswered(reader, generation, page));
      const answered = page.filter((letter) => !standing.has(letter));
      if (answered.length === 0) continue;
      this.#total = Math.max(0, this.#total - (await store.remove(generation, answered)));
      this.#forget(answered);
    }
  }

  /** Learns of these letters alone. */
  expect(letters: readonly DeadLetter[]): void {
    for (const letter of letters) this.#remember(letter);
  }

  /** Durable when it resolves. */
  async put(letters: readonly NewDeadLetter[], observer: Required<Observer>): Promise<void> {
    if (letters.length === 0) return;
    const { store, generation } = this.#options;
    // Before the letter is there: whoever writes the document meanwhile must look for it.
    for (const letter of letters) {
      this.#remember(letter);
      this.#putting.set(placeOf(letter), letter.version);
    }
    const added = await store.put(generation, letters).finally(() => {
      for (const letter of letters) this.#putting.delete(placeOf(letter));
    });
    // Whoever wrote the document before the letter was there found none to clear, and forgot the place.
    for (const letter of letters) this.#remember(letter);
    this.#total += added;
    if (added > 0) this.tell(observer, { added });
  }

  /** These documents were accepted, or newer ones are held: letters up to their versions go. */
  async settle(documents: readonly DeadLetterRemoval[], observer: Required<Observer>): Promise<void> {
    if (this.none || documents.length === 0) return;
    const { store, generation } = this.#options;
    const answered = this.#known === null ? await this.#ask(documents) : documents.filter(this.#isAnswered);
    if (answered.length === 0) return;
    const cleared = await store.remove(generation, answered);
    this.#forget(answered);
    this.#total = Math.max(0, this.#total - cleared);
    if (cleared > 0) this.tell(observer, { cleared });
  }

  /** What the store holds, read as it goes. */
  list(): AsyncIterable<readonly DeadLetter[]> {
    const { store, generation } = this.#options;
    return store.list(generation, pageSize);
  }

  /** The generation is going, and its letters with it. */
  async removeAll(observer: Required<Observer>): Promise<void> {
    const { store, generation } = this.#options;
    let cleared = 0;
    for await (const page of this.list()) cleared += await store.remove(generation, page);
    this.#known = new Map();
    this.#total = 0;
    if (cleared > 0) this.tell(observer, { cleared });
  }

  get #most(): number {
    return this.#options.mostRemembered ?? mostRemembered;
  }

  #remember(letter: DocumentReference & { readonly version: bigint }): void {
    const place = placeOf(letter);
    keepNewer(this.#meanwhile, place, letter.version);
    keepNewer(this.#known, place, letter.version);
    if (this.#known !== null && this.#known.size > this.#most) this.#known = null;
  }

  /** Letters up to these versions are gone; newer ones may have been put meanwhile. */
  #forget(answered: readonly DeadLetterRemoval[]): void {
    for (const removal of answered) {
      if (this.#isAnswered(removal)) this.#known?.delete(placeOf(removal));
    }
  }

  readonly #isAnswered = (document: DeadLetterRemoval): boolean => {
    const version = this.#known?.get(placeOf(document));
    return version !== undefined && version <= document.version;
  };

  async #ask(documents: readonly DeadLetterRemoval[]): Promise<readonly DeadLetterRemoval[]> {
    const { store, generation } = this.#options;
    const letters = await store.get(generation, documents);
    if (letters.length === 0) return [];
    const versions = new Map(letters.map((letter) => [placeOf(letter), letter.version]));
    return documents.filter((document) => {
      const version = versions.get(placeOf(document));
      return version !== undefined && version <= document.version;
    });
  }

  /** How many there are, after so many came or went. */
  tell(
    observer: Required<Observer>,
    { added = 0, cleared = 0 }: { readonly added?: number; readonly cleared?: number } = {},
  ): void {
    const { generation, sink } = this.#options;
    observer.deadLetters({
      index: generation.index,
      sink,
      generation: generation.number,
      added,
      cleared,
      total: this.#total,
    });
  }
}

/** The store leaves a newer letter alone, so it is the newer one that has to be answered. */
function keepNewer(versions: Map<string, bigint> | null, place: string, version: bigint): void {
  if ((versions?.get(place) ?? -1n) < version) versions?.set(place, version);
}
