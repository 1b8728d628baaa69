import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ticket } from './ticket.ts';
import { Watermark } from './watermark.ts';

function group(position: string | null) {
  return { changes: 1, committedAt: null, point: position === null ? null : { position, token: position } };
}

test('the point moves only over an unbroken run of finished groups, whatever order they finish in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }).chain((endsTransaction) =>
        fc.record({
          endsTransaction: fc.constant(endsTransaction),
          order: fc.shuffledSubarray([...endsTransaction.keys()], { minLength: endsTransaction.length }),
        }),
      ),
      ({ endsTransaction, order }) => {
        const watermark = new Watermark();
        const tickets = endsTransaction.map(
          (ends, at) => new Ticket(group(ends ? String(at) : null), () => undefined),
        );
        for (const ticket of tickets) watermark.add(ticket);
        const finished = new Set<number>();
        for (const at of order) {
          tickets[at]?.release();
          finished.add(at);
          watermark.advance();
          let expected: string | null = null;
          for (let each = 0; finished.has(each); each += 1)
            if (endsTransaction[each] === true) expected = String(each);
          expect(watermark.point?.position ?? null).toBe(expected);
        }
        expect(watermark.waiting).toBe(0);
        expect(watermark.changes).toBe(tickets.length);
      },
    ),
  );
});

test('a long run of groups is let go as it becomes durable', () => {
  const watermark = new Watermark();
  for (let at = 0; at < 10_000; at += 1) {
    const ticket = new Ticket(group(String(at)), () => undefined);
    watermark.add(ticket);
    ticket.release();
    expect(watermark.advance()).toBe(true);
  }
  expect(watermark.point).toEqual({ position: '9999', token: '9999' });
  expect(watermark.waiting).toBe(0);
});
