import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ticket } from './ticket.ts';
import { Watermark } from './watermark.ts';

function group(position: string | null) {
  return {
    changes: 1,
    committedAt: null,
    point: position === null ? null : { position, token: position },
    awaited: false,
  };
}

function watermarked(firstFold?: number) {
  const watermark = new Watermark(firstFold);
  const open = (position: string | null) => {
    const ticket = new Ticket(group(position), (_ticket, change) => watermark.advance(change));
    watermark.add(ticket);
    return ticket;
  };
  return { watermark, open };
}

test('the points move only over an unbroken run, whatever order groups finish in and stopped indexes let go', () => {
  const steps = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.record({
      ends: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      kept: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      finish: fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
      letGo: fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
    }),
  );
  fc.assert(
    fc.property(steps, ({ ends, kept, finish, letGo }) => {
      const { watermark, open } = watermarked(4);
      const tickets = ends.map((end, at) => open(end ? String(at) : null));
      for (const [at, keep] of kept.entries()) if (keep) tickets[at]?.keep();
      const lastEnd = (passes: (at: number) => boolean) => {
        let last: string | null = null;
        for (let at = 0; at < ends.length && passes(at); at += 1) if (ends[at] === true) last = String(at);
        return last;
      };
      const released = new Set<number>();
      const free = new Set<number>();
      const check = () => {
        expect(watermark.reached?.position ?? null).toBe(lastEnd((at) => released.has(at)));
        expect(watermark.point?.position ?? null).toBe(
          lastEnd((at) => released.has(at) && (kept[at] === false || free.has(at))),
        );
        expect(watermark.unfinished).toBe(ends.length - released.size);
      };
      for (const at of finish) {
        tickets[at]?.release();
        released.add(at);
        check();
      }
      for (const at of letGo) {
        if (kept[at] === true) tickets[at]?.letGo();
        free.add(at);
        check();
      }
      expect(watermark.changes).toBe(ends.length);
    }),
  );
});

test('a hundred thousand groups that finished behind an open one are kept as a few, and none is forgotten', () => {
  const { watermark, open } = watermarked();
  const first = open('first');
  for (let at = 0; at < 100_000; at += 1) open(String(at)).release();
  expect(watermark.point).toBeNull();
  expect(watermark.unfinished).toBe(1);
  first.release();
  expect(watermark.point).toEqual({ position: '99999', token: '99999' });
  expect(watermark.reached).toEqual(watermark.point);
  expect(watermark.changes).toBe(100_001);
});

test('what a stopped index keeps is reached, yet not acknowledged until it lets go', () => {
  const { watermark, open } = watermarked();
  const kept = open('1');
  kept.keep();
  kept.release();
  open('2').release();
  expect([watermark.point?.position, watermark.reached?.position]).toEqual([undefined, '2']);
  kept.letGo();
  expect(watermark.point?.position).toBe('2');
});
