import { beforeEach, expect, test } from 'vitest';
import { LeaseWatch } from './lease-watch.ts';

let time = 0;
let watch: LeaseWatch;
beforeEach(() => {
  time = 1_000_000;
  watch = new LeaseWatch('me', () => time);
});

const lease = (beat: number, holder = 'other') => ({ holder, beat, told: 'process 1 on a' });
const look = (beat: number, holder?: string) => watch.look('a', lease(beat, holder), watch.now());
/** Looks once a second. */
function looks(seconds: number, beatAt: (second: number) => number): readonly string[] {
  return Array.from({ length: seconds }, (_, second) => {
    time += 1_000;
    return look(beatAt(second));
  });
}

test('a lease of nobody, and our own, is free', () => {
  expect(watch.look('a', null, watch.now())).toBe('free');
  expect(look(1, 'me')).toBe('free');
});

test('a lease that is not renewed for 30 seconds is free, and not a moment before', () => {
  expect(look(1)).toBe('held');
  expect(looks(29, () => 1)).not.toContain('free');
  expect(looks(1, () => 1)).toEqual(['free']);
});

test('a lease that is renewed every ten seconds is never free, and is known to be renewed after two renewals', () => {
  const states = looks(120, (second) => Math.floor(second / 10));
  expect(states).not.toContain('free');
  expect(states.slice(0, 20)).not.toContain('renewed');
  expect(states.slice(20)).not.toContain('held');
});

test('a lease that was renewed and then is not runs out 30 seconds after the last renewal', () => {
  looks(31, (second) => Math.floor(second / 10));
  expect(looks(29, () => 3)).not.toContain('free');
  expect(looks(1, () => 3)).toEqual(['free']);
});

test('a time in which nobody looked says nothing: the sink was away for its holder too', () => {
  look(1);
  time += 60_000;
  expect(look(1)).toBe('held');
  expect(looks(29, () => 1)).not.toContain('free');
  expect(looks(1, () => 1)).toEqual(['free']);
});

test('an answer is as old as its question: a process that is halted after it asked learns nothing by that', () => {
  look(1);
  looks(25, () => 1);
  const asked = watch.now();
  time += 60_000;
  expect(watch.look('a', lease(1), asked)).toBe('held');
});

test('each record is watched by itself', () => {
  look(1);
  expect(watch.look('b', lease(1), watch.now())).toBe('held');
  looks(30, () => 1);
  expect(watch.look('b', lease(1), watch.now())).toBe('held');
});

test('a new holder is watched anew', () => {
  looks(29, () => 1);
  time += 1_000;
  expect(look(1, 'third')).toBe('held');
});
