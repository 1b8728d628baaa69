import { expect, test } from 'vitest';
import { fanOut } from '../run/observers.ts';
import { SinkHealth } from './sink-health.ts';

const { signal } = new AbortController();

test('while a sink is down one writer probes it, and the others follow when it answers', async () => {
  const told: string[] = [];
  const observer = fanOut([
    { retry: ({ attempt }) => told.push(`retry ${attempt}`), recovered: () => told.push('recovered') },
  ]);
  const health = new SinkHealth('search', observer, () => 0);
  await health.admit(signal);
  health.failed(new Error('refused'));

  const admitted: string[] = [];
  const writers = ['a', 'b', 'c'].map((name) => health.admit(signal).then(() => admitted.push(name)));
  await writers[0];
  expect(admitted).toEqual(['a']);
  health.succeeded();
  await Promise.all(writers);
  expect(admitted.sort()).toEqual(['a', 'b', 'c']);
  expect(told).toEqual(['retry 1', 'recovered']);
});

test('a prober that was told to stop leaves its place to the next', async () => {
  const health = new SinkHealth('search', fanOut([]), () => 0);
  await health.admit(signal);
  health.failed(new Error('refused'));
  const stopped = new AbortController();
  const first = health.admit(stopped.signal);
  const second = health.admit(signal);
  stopped.abort(new Error('stopped'));
  await expect(first).rejects.toThrow('stopped');
  await expect(second).resolves.toBeUndefined();
});

test('an observer that throws stops neither the engine nor the other observers', () => {
  const seen: string[] = [];
  const observer = fanOut([
    {
      info: () => {
        throw new Error('broken');
      },
    },
    { info: ({ message }) => seen.push(message) },
  ]);
  observer.info({ message: 'hello' });
  expect(seen).toEqual(['hello']);
});
