import { expect, test } from 'vitest';
import type { DocumentBuilder, IndexPlan } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import { fanOut } from '../run/observers.ts';
import { VersionClock } from './delivery.ts';
import { Lane } from './lane.ts';
import { nothingCaptured, Ticket, type TicketChange } from './ticket.ts';

const plan: IndexPlan = {
  schema: {
    index: 'users',
    table: { schema: 'public', name: 'users' },
    primaryKey: null,
    docId: null,
    routing: null,
    softDelete: null,
    filters: [],
    fields: [],
    settings: {},
    at: [],
  },
  key: ['id'],
  docId: ['id'],
  tables: [],
};

const { signal } = new AbortController();
const drift = new SluiceError('SLUICE_SOURCE_DRIFT', 'a column is gone');

function lane() {
  return new Lane({
    plan,
    policy: 'stop',
    targets: [],
    limits: { pageSize: 10, workers: 1, pending: { urgent: 100, bulk: 100 } },
    onStop: () => undefined,
  });
}

function ticket(changes: TicketChange[] = []) {
  const point = { position: '1', token: '1' };
  return new Ticket({ changes: 1, committedAt: null, point, awaited: false }, (_ticket, change) =>
    changes.push(change),
  );
}

const keys = (...ids: string[]) => ids.map((id) => ({ key: [id], id, routing: null }));

test('a stopped index keeps the earliest change it missed, whichever it is told of first', async () => {
  const stopped = lane();
  const [first, second] = [ticket(), ticket()];
  await stopped.add(keys('2'), second, 'urgent', signal);
  await stopped.add(keys('1'), first, 'urgent', signal);
  first.release();
  second.release();
  stopped.stop(drift);
  expect([first.state, second.state]).toEqual(['kept', 'finished']);
  stopped.letGo();
  expect(first.state).toBe('finished');
  expect(stopped.holdsBack).toBe(false);
});

test('a scan that was going on when an index stopped does not stand for the changes after it', async () => {
  const stopped = lane();
  const scan = new Ticket(nothingCaptured, () => undefined);
  const change = ticket();
  await stopped.add(keys('1'), scan, 'bulk', signal);
  await stopped.add(keys('2'), change, 'urgent', signal);
  scan.release();
  change.release();
  stopped.stop(drift);
  expect([scan.state, change.state]).toEqual(['finished', 'kept']);
});

test('what comes to a stopped index later is neither built nor acknowledged', async () => {
  const stopped = lane();
  stopped.stop(drift);
  const late = ticket();
  await stopped.add(keys('1'), late, 'urgent', signal);
  late.release();
  expect(late.state).toBe('kept');
});

test('a lane whose generations all took their leave lets changes pass unbuilt', async () => {
  const retired = lane();
  const builder = { build: () => Promise.reject(new Error('must not be asked')) } as Partial<DocumentBuilder>;
  const running = retired.run({
    builder: builder as DocumentBuilder,
    observer: fanOut([]),
    versions: new VersionClock(),
    signal,
  });
  const finished = await new Promise<Ticket>((resolve) => {
    const passing = new Ticket(nothingCaptured, resolve);
    void retired.add(keys('1'), passing, 'urgent', signal).then(() => passing.release());
  });
  expect(finished.state).toBe('finished');
  retired.drain();
  await running;
});
