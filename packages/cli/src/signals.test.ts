import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { untilStopped } from './signals.ts';

/** Work that ends when it is told to, as a run does after draining. */
const drains = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('drained')));

describe('a run under signals', () => {
  test('keeps its result and asks for no exit code when no signal comes', async () => {
    expect(await untilStopped(async () => 'done', { source: new EventEmitter() })).toEqual({
      result: 'done',
      exitCode: null,
    });
  });

  test.each([
    { name: 'SIGINT', code: 130 },
    { name: 'SIGTERM', code: 143 },
  ] as const)('drains on $name and leaves with $code', async ({ name, code }) => {
    const source = new EventEmitter();
    const stopped = untilStopped(drains, { source });
    source.emit(name);
    expect(await stopped).toEqual({ result: 'drained', exitCode: code });
  });

  test('leaves at once at the second signal', async () => {
    const source = new EventEmitter();
    const exits: number[] = [];
    let finish = () => {};
    const stuck = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const stopped = untilStopped(stuck, { source, exit: (code) => exits.push(code) });
    source.emit('SIGINT');
    expect(exits).toEqual([]);
    source.emit('SIGTERM');
    expect(exits).toEqual([143]);
    finish();
    await stopped;
  });

  test('leaves with the code of the signal although something fails on the way out', async () => {
    const source = new EventEmitter();
    const broken = new Error('The capture did not close.');
    const stopped = untilStopped((signal) => drains(signal).then(() => Promise.reject(broken)), { source });
    source.emit('SIGINT');
    await expect(stopped).rejects.toMatchObject({ exitCode: 130, silentExit: null, cause: broken });
  });

  test('has nothing to tell where the work ended with the signal itself', async () => {
    const source = new EventEmitter();
    const stopped = untilStopped((signal) => drains(signal).then(() => signal.throwIfAborted()), { source });
    source.emit('SIGTERM');
    await expect(stopped).rejects.toMatchObject({ silentExit: 143 });
  });

  test('listens no longer when the work is over, failed or not', async () => {
    const source = new EventEmitter();
    await expect(untilStopped(() => Promise.reject(new Error('Broken.')), { source })).rejects.toThrow(
      'Broken.',
    );
    expect(source.eventNames()).toEqual([]);
  });
});
