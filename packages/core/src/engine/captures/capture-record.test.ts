import { describe, expect, test } from 'vitest';
import {
  type CaptureRecord,
  commonCaptures,
  followedPlugin,
  following,
  forgetting,
  namedPlugins,
  naming,
  noCapture,
  returning,
  unfollowing,
} from './capture-record.ts';
import type { CapturePlugin } from './captures.ts';

const plugin = (name: string): CapturePlugin => ({ name, reference: name, options: {} });
const [wal, triggers] = [plugin('wal'), plugin('triggers')];
const names = (record: CaptureRecord) => namedPlugins(record).map(({ name }) => name);

/** It follows the log, up to 0/7, and is about to change to triggers. */
const before = naming(
  following({ identity: '', position: null }, wal, { identity: 'slot', position: '0/7' }),
  [wal, triggers],
);
const after = following(before, triggers, { identity: 'outbox', position: '0:0:0' });

describe('a record of captures', () => {
  test('names what is about to be made, once', () => {
    expect(names(before)).toEqual(['wal', 'triggers']);
    expect(naming(before, [triggers, wal])).toBe(before);
  });

  test('follows the new one after a switch, and knows where it left the former', () => {
    expect(after).toEqual({
      identity: 'outbox',
      position: '0:0:0',
      plugin: triggers,
      besides: [{ plugin: wal, left: { identity: 'slot', position: '0/7' } }],
    });
  });

  test('goes back to where it left the former, and keeps the new one in mind', () => {
    const back = returning(after, 'wal');
    expect(back).toMatchObject({ identity: 'slot', position: '0/7', plugin: wal });
    expect(back === null ? [] : names(back)).toEqual(['wal', 'triggers']);
    // What is not followed any more may have moved on.
    expect(back === null ? null : returning(back, 'triggers')).toBeNull();
  });

  test('does not go back to what it never followed, or to what was removed', () => {
    expect(returning(before, 'triggers')).toBeNull();
    expect(returning(forgetting(after, 'wal'), 'wal')).toBeNull();
    expect(returning(after, 'triggers')).toBeNull();
  });

  test('forgets what was removed', () => {
    expect(names(forgetting(after, 'wal'))).toEqual(['triggers']);
    expect(forgetting(after, 'nothing')).toBe(after);
  });

  test('keeps every name when the run takes its captures with it', () => {
    const gone = unfollowing(after);
    expect(gone).toMatchObject({ identity: noCapture, position: null });
    expect(followedPlugin(gone)).toBeNull();
    expect(names(gone)).toEqual(['triggers', 'wal']);
  });
});

describe('what several generations can go on with', () => {
  test('is what all of them follow', () => {
    expect(commonCaptures([before, before])).toEqual(['wal']);
    expect(commonCaptures([after, after])).toEqual(['triggers']);
    expect(commonCaptures([])).toEqual([]);
  });

  test('is what they come from, when a switch was cut off between two of them', () => {
    expect(commonCaptures([after, before])).toEqual(['wal']);
    expect(commonCaptures([before, after])).toEqual(['wal']);
  });

  test('is nothing, when one was away while the former was removed', () => {
    expect(commonCaptures([forgetting(after, 'wal'), before])).toEqual([]);
  });
});
