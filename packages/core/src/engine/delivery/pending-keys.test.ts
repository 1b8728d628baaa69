import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PendingKeys } from './pending-keys.ts';
import { nothingCaptured, Ticket } from './ticket.ts';

const key = (id: string, routing: string | null = null) => ({ key: [id], id, routing });
const openTicket = () => new Ticket(nothingCaptured, () => undefined);

test('a key that waits already is built once, and every change that led to it waits for that build', () => {
  const pending = new PendingKeys({ exclusive: false });
  const first = openTicket();
  const second = openTicket();
  for (const ticket of [first, second]) {
    pending.add(key('1'), ticket, 'urgent');
    ticket.release();
  }
  const page = pending.take(10);
  expect(page.map((entry) => entry.key.id)).toEqual(['1']);
  expect([first.state, second.state]).toEqual(['open', 'open']);
  pending.finish(page);
  expect([first.state, second.state]).toEqual(['finished', 'finished']);
});

test('a key that was taken and changes again is built again', () => {
  const pending = new PendingKeys({ exclusive: false });
  pending.add(key('1'), openTicket(), 'urgent');
  pending.take(1);
  pending.add(key('1'), openTicket(), 'urgent');
  expect(pending.take(1)).toHaveLength(1);
});

test('urgent keys leave before bulk ones, and a bulk key that becomes urgent moves up', () => {
  const pending = new PendingKeys({ exclusive: false });
  for (const id of ['a', 'b', 'c']) pending.add(key(id), openTicket(), 'bulk');
  pending.add(key('z'), openTicket(), 'urgent');
  pending.add(key('c'), openTicket(), 'urgent');
  expect(pending.take(10).map((entry) => entry.key.id)).toEqual(['z', 'c', 'a', 'b']);
});

test('the same id under two routings is two documents', () => {
  const pending = new PendingKeys({ exclusive: false });
  pending.add(key('1', 'eu'), openTicket(), 'urgent');
  pending.add(key('1', 'us'), openTicket(), 'urgent');
  pending.add(key('1'), openTicket(), 'urgent');
  expect(pending.take(10)).toHaveLength(3);
});

test('exclusive: no place is ever taken twice before it is finished, and none is forgotten', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ add: fc.nat(5) }),
          fc.record({ take: fc.integer({ min: 1, max: 3 }) }),
          fc.constant('finish' as const),
        ),
        {
          maxLength: 80,
        },
      ),
      (steps) => {
        const pending = new PendingKeys({ exclusive: true });
        const tickets: Ticket[] = [];
        const writing: (readonly ReturnType<PendingKeys['take']>[number][])[] = [];
        const busy = new Set<string>();
        const finishOne = () => {
          const page = writing.shift();
          if (page === undefined) return;
          for (const entry of page) busy.delete(entry.key.id);
          pending.finish(page);
        };
        for (const step of steps) {
          if (step === 'finish') finishOne();
          else if ('add' in step) {
            const ticket = openTicket();
            tickets.push(ticket);
            pending.add(key(String(step.add)), ticket, 'urgent');
            ticket.release();
          } else {
            const page = pending.take(step.take);
            for (const entry of page) {
              expect(busy.has(entry.key.id)).toBe(false);
              busy.add(entry.key.id);
            }
            writing.push(page);
          }
        }
        for (
          let rounds = 0;
          rounds < 200 && tickets.some((ticket) => ticket.state !== 'finished');
          rounds += 1
        ) {
          finishOne();
          writing.push(pending.take(100));
        }
        expect(tickets.every((ticket) => ticket.state === 'finished')).toBe(true);
      },
    ),
  );
});
