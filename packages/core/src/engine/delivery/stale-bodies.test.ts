import { expect, test } from 'vitest';
import { createReferenceSink, MemoryStore, place } from '../../../test/reference-sink.ts';
import { openLane, openTarget } from '../../../test/reference-target.ts';
import type { Document, DocumentBuilder, IndexPlan, Sink } from '../../contracts/index.ts';
import { fanOut } from '../run/observers.ts';
import { type DeliveryContext, deliver, VersionClock } from './delivery.ts';
import { type Moment, thisMoment } from './moment.ts';
import type { SinkHealth } from './sink-health.ts';
import { nothingCaptured, Ticket } from './ticket.ts';

const { signal } = new AbortController();
const down = new Error('refused');

const before: Document = { key: ['1'], id: '1', routing: null, version: 5n, body: '{"count":1}' };
/** The same place once its row was deleted. */
const now: Document = { ...before, version: 9n, body: null };

/** A generation in a sink that forgets its deletes as a shard does when it restarts; `builds` is what the source says then. */
async function site(change: (sink: Sink) => Sink = (sink) => sink) {
  const store = new MemoryStore();
  const target = await openTarget(change(createReferenceSink(store, 'versioned')));
  const { schema } = target.generation;
  const plan: IndexPlan = { schema, key: ['id'], docId: ['id'], tables: [] };
  const built: string[] = [];
  const builder: Partial<DocumentBuilder> = {
    version: async () => 9n,
    build: async (_plan, keys) => {
      built.push(...keys.map(({ id }) => id));
      return keys.map(({ id, key }) => ({ ...now, id, key }));
    },
  };
  const context: DeliveryContext = {
    // Of what a builder has, delivering needs these two.
    builder: builder as DocumentBuilder,
    observer: fanOut([]),
    versions: new VersionClock(),
    signal,
  };
  const { health } = target.sink;
  const send = (readAt: Moment, document = before) =>
    deliver({ target, plan, policy: 'stop', documents: [document], readAt, origin: 'live' }, context);
  const held = () => store.index(target.generation).held.get(place(before))?.body;
  return { target, plan, context, health, builder, built, send, held };
}

/** Another writer finds the sink down, and somebody finds it up again. */
async function restart(health: SinkHealth): Promise<void> {
  await health.admit(signal);
  health.failed(down);
  await health.admit(signal);
  health.succeeded();
}

test('what was read a moment ago is sent as it was read', async () => {
  const { health, built, send, held } = await site();
  await restart(health);
  await send(thisMoment());
  expect([built, held()]).toEqual([[], before.body]);
});

test('what was read before the sink failed is built again, though the sink is back', async () => {
  const { health, built, send, held } = await site();
  const readAt = thisMoment();
  await restart(health);
  await send(readAt);
  expect([built, held()]).toEqual([['1'], null]);
});

test('what was read while the sink was down is built again by whoever probes it', async () => {
  const { health, built, send, held } = await site();
  await health.admit(signal);
  health.failed(down);
  await send(thisMoment());
  expect([built, held()]).toEqual([['1'], null]);
});

test('what waited while another one probed the sink is built again', async () => {
  const { health, built, send, held } = await site();
  await health.admit(signal);
  health.failed(down);
  const probing = health.admit(signal);
  const sending = send(thisMoment());
  await probing;
  health.succeeded();
  await sending;
  expect([built, held()]).toEqual([['1'], null]);
});

test('what was read before the sink was too busy for others is built again', async () => {
  let refusals = 1;
  const { built, send, held } = await site((sink) => ({
    ...sink,
    write: async (request) => {
      if (refusals-- <= 0) return sink.write(request);
      const rejected = request.documents.map((document) => ({ document, reason: 'busy', retryable: true }));
      return { accepted: 0, conflicts: 0, highestHeld: null, rejected };
    },
  }));
  const readAt = thisMoment();
  await send(readAt, { ...before, key: ['2'], id: '2' });
  await send(readAt);
  expect([built, held()]).toEqual([['2', '1'], null]);
});

test.each([
  ['the steady clock', { steady: 6_000, ofDay: 0 }],
  ['the time of day', { steady: 0, ofDay: 6_000 }],
])('what was read before a halt by %s is built again', async (_clock, { steady, ofDay }) => {
  const { built, send, held } = await site();
  const { steady: steadyNow, ofDay: ofDayNow } = thisMoment();
  await send({ steady: steadyNow - steady, ofDay: ofDayNow - ofDay });
  expect([built, held()]).toEqual([['1'], null]);
});

test('what waited for the removals before it while the sink restarted is built again', async () => {
  let health: SinkHealth | null = null;
  const { target, plan, context, built, held } = await site((sink) => ({
    ...sink,
    write: async (request) => {
      const report = await sink.write(request);
      if (health !== null) await restart(health);
      health = null;
      return report;
    },
  }));
  ({ health } = target.sink);
  // The row moved from one routing to another.
  const moved = { ...before, routing: 'us', body: null };
  const documents = [moved, before];
  const readAt = thisMoment();
  await deliver({ target, plan, policy: 'stop', documents, readAt, origin: 'live' }, context);
  expect([built, held()]).toEqual([['1'], null]);
});

test('a lane builds again what it read while the sink restarted', async () => {
  const { target, plan, context, health, builder, held } = await site();
  const { build } = builder;
  let first = true;
  builder.build = async (...asked) => {
    if (!first) return (await build?.(...asked)) ?? [];
    first = false;
    await restart(health);
    return [before];
  };
  const lane = openLane(plan, target);
  const running = lane.run(context);
  await new Promise<Ticket>((resolve) => {
    const ticket = new Ticket(nothingCaptured, resolve);
    void lane.add([before], ticket, 'urgent', signal).then(() => ticket.release());
  });
  lane.drain();
  await running;
  expect(held()).toBeNull();
});
