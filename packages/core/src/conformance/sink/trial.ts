import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type {
  Document,
  DocumentReference,
  Generation,
  Sink,
  WriteReport,
  WriteRequest,
} from '../../contracts/index.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { conformanceSchema } from './conformance-schema.ts';
import { sameJson } from './same-json.ts';
import type { SinkDriver } from './sink-driver.ts';

export interface WriteTo {
  readonly sink?: Sink;
  readonly generation?: Generation;
  readonly epoch?: number;
  readonly signal?: AbortSignal;
}

const endless = new AbortController().signal;
// A sink that hands it to every request of a large batch does nothing wrong.
setMaxListeners(0, endless);

/** A sink with an index that nothing was written to, for one check. */
export class Trial {
  readonly driver: SinkDriver;
  readonly sink: Sink;
  readonly generation: Generation;
  readonly #opened: Sink[];

  private constructor(driver: SinkDriver, sink: Sink) {
    this.driver = driver;
    this.sink = sink;
    this.generation = newGeneration();
    this.#opened = [sink];
  }

  /** Gives `check` a trial whose index is there, and closes its sinks afterwards. */
  static async run(driver: SinkDriver, check: (trial: Trial) => Promise<void>): Promise<void> {
    const trial = new Trial(driver, await driver.open());
    try {
      await trial.sink.ensureIndex(trial.generation);
      await check(trial);
    } finally {
      await Promise.allSettled(trial.#opened.map((sink) => sink.close()));
    }
  }

  /** One more instance on the store, as another process has it. */
  async another(): Promise<Sink> {
    const sink = await this.driver.open();
    this.#opened.push(sink);
    return sink;
  }

  /** What `write` reported, once it is sure that every document is in the report once. */
  async write(documents: readonly Document[], to: WriteTo = {}): Promise<WriteReport> {
    const { sink = this.sink, generation = this.generation, epoch = 0, signal = endless } = to;
    const request: WriteRequest = { generation, epoch, documents, signal };
    const { accepted, conflicts, highestHeld, rejected } = await sink.write(request);
    expectEqual(
      accepted + conflicts + rejected.length,
      documents.length,
      `accepted (${accepted}), conflicts (${conflicts}) and rejected (${rejected.length}) together`,
    );
    expectThat(
      (highestHeld === null) === (conflicts === 0),
      `highestHeld is ${highestHeld} with ${conflicts} conflicts: it belongs to conflicts and to nothing else`,
    );
    return { accepted, conflicts, highestHeld, rejected };
  }

  /** Writes documents that the sink has no reason not to take. */
  async put(documents: readonly Document[], to: WriteTo = {}): Promise<void> {
    const report = await this.write(documents, to);
    expectEqual(report, acceptedAll(documents.length), 'the report of a write that nothing speaks against');
  }

  /** What the store holds at the place of a document, or of an id without routing. */
  read(place: DocumentReference | string, generation = this.generation): Promise<string | null> {
    return this.driver.read(generation, asReference(place));
  }

  /** Throws where the store holds another body at this place; null: where it holds any. */
  async expectHeld(
    place: DocumentReference | string,
    body: string | null,
    generation = this.generation,
  ): Promise<void> {
    expectBody(this.driver, await this.read(place, generation), body, JSON.stringify(asReference(place).id));
  }
}

/** Throws where `seen` does not say what `body` says. */
export function expectBody(driver: SinkDriver, seen: string | null, body: string | null, what: string): void {
  const same =
    seen === null || body === null ? seen === body : sameJson(seen, body, driver.numbers ?? 'text');
  expectThat(
    same,
    `document ${what}: expected the store to hold ${shorten(body)}, it holds ${shorten(seen)}`,
  );
}

export function acceptedAll(accepted: number): WriteReport {
  return { accepted, conflicts: 0, highestHeld: null, rejected: [] };
}

/** The first generation of an index that does not exist. */
export function newGeneration(): Generation {
  const index = `conformance_${randomBytes(6).toString('hex')}`;
  return { index, hash: '0123456789abcdef', number: 1, schema: conformanceSchema(index) };
}

export function document(
  id: string,
  version: bigint,
  body: string | null,
  routing: string | null = null,
): Document {
  return { key: [id], id, routing, version, body };
}

/** A body that tells which write it is from. */
export function body(count: number): string {
  return `{"title":"state ${count}","count":${count}}`;
}

function asReference(place: DocumentReference | string): DocumentReference {
  return typeof place === 'string' ? { id: place, routing: null } : { id: place.id, routing: place.routing };
}

function shorten(text: string | null): string {
  if (text === null) return 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
