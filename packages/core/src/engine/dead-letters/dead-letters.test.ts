import { expect, test } from 'vitest';
import { flawed } from '../../../test/flawed.ts';
import { MemoryDatabase } from '../../../test/memory-database.ts';
import { MemoryDocuments } from '../../../test/memory-documents.ts';
import { createReferenceSink, MemoryStore, poison } from '../../../test/reference-sink.ts';
import { newGeneration } from '../../conformance/sink/trial.ts';
import type {
  DeadLetter,
  DeadLetterStore,
  Document,
  DocumentBuilder,
  DocumentKey,
  Generation,
  IndexPlan,
  NewDeadLetter,
  Observer,
  Sink,
  UnbuildableDocument,
} from '../../contracts/index.ts';
import { deliver, VersionClock } from '../delivery/delivery.ts';
import { thisMoment } from '../delivery/moment.ts';
import { SinkHealth } from '../delivery/sink-health.ts';
import { emptyRecord, Target } from '../generations/target.ts';
import { fanOut } from '../run/observers.ts';
import { DeadLetters } from './dead-letters.ts';
import { lookAgain } from './watch-dead-letters.ts';

type Counted = Parameters<NonNullable<Observer['deadLetters']>>[0];

interface SetUp {
  readonly mostRemembered?: number;
  /** What a put waits for. */
  readonly beforePut?: () => Promise<void>;
}

function setUp({ mostRemembered = 100, beforePut = async () => undefined }: SetUp = {}) {
  const store = new MemoryStore();
  const sink = createReferenceSink(store, 'versioned');
  const generation = newGeneration();
  if (sink.deadLetters === undefined) throw new Error('the reference keeps dead letters');
  const requests: (keyof DeadLetterStore)[] = [];
  const own = sink.deadLetters;
  const counted = new Proxy(own, {
    get(target, name: keyof DeadLetterStore) {
      return (...given: readonly never[]) => {
        requests.push(name);
        const ask = () => Reflect.apply(target[name], target, given);
        return name === 'put' ? beforePut().then(ask) : ask();
      };
    },
  });
  const events: Counted[] = [];
  const observer = fanOut([{ deadLetters: (event) => void events.push(event) }]);
  const open = () =>
    new DeadLetters({ store: counted, reader: sink.reader, generation, sink: 'search', mostRemembered });
  return { sink, generation, store: own, requests, events, observer, open };
}

function letter(id: string, version: bigint): NewDeadLetter {
  return { key: [id], id, routing: null, version, cause: 'rejected', reason: 'a test', at: 1 };
}

async function ids(letters: DeadLetters): Promise<readonly string[]> {
  const found: DeadLetter[] = [];
  for await (const page of letters.list()) found.push(...page);
  return found.map(({ id }) => id).sort();
}

const place = (id: string, version: bigint) => ({ id, routing: null, version });

/** Something that arrives when it is told to. */
function heldBack(): { readonly arrived: Promise<void>; readonly arrive: () => void } {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return { arrived, arrive: () => arrive() };
}

test('a document without a letter costs no request', async () => {
  const { open, requests, observer } = setUp();
  const letters = open();
  await letters.load();
  requests.length = 0;
  await letters.settle([place('a', 9n)], observer);
  expect(requests).toEqual([]);
  await letters.put([letter('bad', 5n)], observer);
  requests.length = 0;
  await letters.settle([place('a', 9n), place('b', 9n)], observer);
  expect(requests).toEqual([]);
});

test('an accepted document clears its letter up to its version, and the count follows', async () => {
  const { open, events, observer } = setUp();
  const letters = open();
  await letters.load();
  await letters.put([letter('a', 5n), letter('b', 5n), letter('c', 7n)], observer);
  await letters.put([letter('a', 6n)], observer);
  await letters.settle([place('a', 6n), place('b', 4n), place('c', 9n)], observer);
  expect(await ids(letters)).toEqual(['b']);
  expect(events.map(({ added, cleared, total }) => [added, cleared, total])).toEqual([
    [3, 0, 3],
    [0, 2, 1],
  ]);
});

test('letters that another process put are known once they were loaded, as are those put meanwhile', async () => {
  const { open, store, generation, observer } = setUp();
  await store.put(generation, [letter('theirs', 5n)]);
  const letters = open();
  const loading = letters.load();
  await letters.put([letter('ours', 5n)], observer);
  await loading;
  await letters.settle([place('theirs', 5n), place('ours', 5n)], observer);
  expect(await ids(letters)).toEqual([]);
});

test('a letter that is on its way while letters are looked at again is not forgotten', async () => {
  const { arrived, arrive } = heldBack();
  const { open, observer } = setUp({ beforePut: () => arrived });
  const letters = open();
  await letters.load();
  const putting = letters.put([letter('late', 5n)], observer);
  await letters.load();
  arrive();
  await putting;
  await letters.settle([place('late', 5n)], observer);
  expect(await ids(letters)).toEqual([]);
});

test('a letter that comes after its document was accepted is cleared by the next write', async () => {
  const { arrived, arrive } = heldBack();
  const { open, observer } = setUp({ beforePut: () => arrived });
  const letters = open();
  await letters.load();
  const putting = letters.put([letter('a', 5n)], observer);
  await letters.settle([place('a', 6n)], observer);
  arrive();
  await putting;
  expect(await ids(letters)).toEqual(['a']);
  await letters.settle([place('a', 7n)], observer);
  expect(await ids(letters)).toEqual([]);
  expect(letters.total).toBe(0);
});

test('a letter that came late and was left out for a newer one does not make that one forgotten', async () => {
  const { open, observer } = setUp();
  const letters = open();
  await letters.load();
  await letters.put([letter('a', 9n)], observer);
  await letters.put([letter('a', 5n)], observer);
  await letters.settle([place('a', 6n)], observer);
  expect(await ids(letters)).toEqual(['a']);
  await letters.settle([place('a', 10n)], observer);
  expect(await ids(letters)).toEqual([]);
});

test('of more letters than are remembered none is missed', async () => {
  const { open, observer } = setUp({ mostRemembered: 3 });
  const letters = open();
  await letters.load();
  await letters.put(
    ['a', 'b', 'c', 'd', 'e'].map((id) => letter(id, 5n)),
    observer,
  );
  expect(letters.remembered).toBe(false);
  expect(letters.total).toBe(5);
  await letters.settle([place('a', 5n), place('b', 4n), place('x', 9n)], observer);
  expect(await ids(letters)).toEqual(['b', 'c', 'd', 'e']);
  expect(letters.total).toBe(4);
  const later = open();
  await later.load();
  expect([later.remembered, later.total]).toEqual([false, 4]);
});

test('a letter whose document is held at its version or above goes at the start', async () => {
  const { open, sink, generation, store } = setUp();
  await sink.ensureIndex(generation);
  const held = (id: string, version: bigint): Document => ({
    ...place(id, version),
    key: [id],
    body: '{"count":1}',
  });
  const { signal } = new AbortController();
  const documents = [held('equal', 5n), held('above', 6n), held('below', 4n)];
  await sink.write({ generation, epoch: 0, documents, signal });
  await store.put(
    generation,
    ['equal', 'above', 'below', 'missing'].map((id) => letter(id, 5n)),
  );
  const letters = open();
  await letters.load();
  await letters.removeAnswered();
  expect(await ids(letters)).toEqual(['below', 'missing']);
  expect(letters.total).toBe(2);
});

/** As the sink writes, which refuses one body, whatever blanks follow it. */
function refusing(sink: Sink): Sink['write'] {
  return async (request) => {
    const isPoison = ({ body }: Document) => body?.trimEnd() === poison;
    const documents = request.documents.filter((document) => !isPoison(document));
    const report = await sink.write({ ...request, documents });
    const rejected = request.documents
      .filter(isPoison)
      .map((document) => ({ document, reason: 'refused', retryable: false }));
    return { ...report, rejected };
  };
}

async function targetOf(sink: Sink, generation: Generation, observer: Required<Observer>): Promise<Target> {
  const source = await new MemoryDocuments(new MemoryDatabase()).source();
  return new Target({
    sink: {
      name: 'search',
      required: true,
      sink,
      health: new SinkHealth('search', observer),
      patienceMs: 1_000,
    },
    record: emptyRecord({ generation, source, epoch: 0 }),
    revision: null,
    wanted: true,
    memory: new Map(),
    observer,
  });
}

/** Delivers under `dead_letter` what `rows` says each time it is built. */
async function delivered(
  rows: () => readonly (Document | UnbuildableDocument)[],
  options: { readonly beforePut?: () => void } = {},
) {
  const { sink, generation, store } = setUp();
  await sink.ensureIndex(generation);
  const beside: DeadLetterStore = {
    ...store,
    put: async (of, letters) => {
      options.beforePut?.();
      return store.put(of, letters);
    },
  };
  const observer = fanOut([]);
  const target = await targetOf(
    { ...sink, write: refusing(sink), deadLetters: beside },
    generation,
    observer,
  );
  let builds = 0;
  const build: DocumentBuilder['build'] = async (_plan, keys: readonly DocumentKey[], onUnbuildable) => {
    builds += 1;
    const asked = rows().filter(({ id }) => keys.some((key) => key.id === id));
    for (const row of asked) if ('reason' in row) onUnbuildable?.(row);
    return asked.flatMap((row) => ('reason' in row ? [] : [row]));
  };
  const builder: DocumentBuilder = flawed<DocumentBuilder>(new MemoryDocuments(new MemoryDatabase()), {
    build,
  });
  const plan: IndexPlan = { schema: generation.schema, key: ['id'], docId: ['id'], tables: [] };
  const first = rows();
  await deliver(
    {
      target,
      plan,
      policy: 'dead_letter',
      documents: first.flatMap((row) => ('reason' in row ? [] : [row])),
      unbuildable: first.flatMap((row) => ('reason' in row ? [row] : [])),
      readAt: thisMoment(),
      origin: 'live',
    },
    { builder, observer, versions: new VersionClock(), signal: new AbortController().signal },
  );
  const letters = await store.get(generation, first);
  const held = await sink.reader?.read?.(generation, first);
  return { letters, held, builds };
}

const row = (id: string, version: bigint, body: string | null): Document => ({
  ...place(id, version),
  key: [id],
  body,
});

test('a refused document gets a letter, is looked at once more, and the others are written', async () => {
  const { letters, held, builds } = await delivered(() => [row('good', 5n, '{}'), row('bad', 5n, poison)]);
  expect(letters).toMatchObject([{ id: 'bad', version: 5n, cause: 'rejected', count: 1 }]);
  expect(held).toMatchObject([{ body: '{}' }, null]);
  expect(builds).toBe(1);
});

test.each([
  ['mended', row('a', 7n, '{"count":1}'), '{"count":1}'],
  ['deleted', row('a', 7n, null), null],
] as const)('a row that was %s before its letter was there leaves no letter', async (_how, later, body) => {
  let mended = false;
  const { letters, held } = await delivered(() => [mended ? later : row('a', 5n, poison)], {
    beforePut: () => {
      mended = true;
    },
  });
  expect(letters).toEqual([]);
  expect(held?.[0]?.body ?? null).toBe(body);
});

test('a row that cannot be built gets a letter, and none once it can', async () => {
  const failing = { key: ['a'], ...place('a', 5n), reason: 'division by zero' };
  const stays = await delivered(() => [failing]);
  expect(stays.letters).toMatchObject([{ cause: 'unbuildable', reason: 'division by zero', count: 1 }]);
  let mended = false;
  const goes = await delivered(() => [mended ? row('a', 7n, '{}') : failing], {
    beforePut: () => {
      mended = true;
    },
  });
  expect(goes.letters).toEqual([]);
  expect(goes.held).toMatchObject([{ body: '{}' }]);
});

test('a refused document that says something else whenever it is built is not looked at for ever', async () => {
  let version = 0n;
  const { letters, builds } = await delivered(() => {
    version += 1n;
    return [row('a', version, `${poison}${' '.repeat(Number(version))}`)];
  });
  expect(letters).toMatchObject([{ id: 'a' }]);
  expect(builds).toBeLessThan(10);
});

test('letters that others put where this process knows of none are found seldom, and cleared where answered', async () => {
  const { sink, generation, store, events, observer } = setUp();
  await sink.ensureIndex(generation);
  const { signal } = new AbortController();
  await sink.write({ generation, epoch: 0, documents: [row('held', 6n, '{"count":1}')], signal });
  const target = await targetOf(sink, generation, observer);
  await target.deadLetters?.load();
  await store.put(generation, [letter('held', 5n), letter('lost', 5n)]);

  await lookAgain(target, false, observer);
  expect(target.deadLetters?.none).toBe(true);
  await lookAgain(target, true, observer);
  expect(await store.get(generation, [place('held', 0n), place('lost', 0n)])).toMatchObject([{ id: 'lost' }]);
  expect(events).toMatchObject([{ total: 1 }]);
  await target.deadLetters?.settle([place('lost', 6n)], observer);
  expect(await store.get(generation, [place('lost', 0n)])).toEqual([]);
});
