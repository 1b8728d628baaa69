import { describe, expect, test } from 'vitest';
import { pluginNames } from './plugin-name.ts';

describe('the names of a new plugin', () => {
  test.each([
    ['sluice-sink-kafka', 'sink', 'kafka'],
    ['@acme/sluice-sink-kafka', 'sink', 'kafka'],
    ['sluice-plugin-capture-journal', 'capture', 'journal'],
    ['kafka', 'sink', 'kafka'],
    ['sluice-sink-dead-letters', 'sink', 'dead-letters'],
    // Another kind is a part of the name.
    ['sluice-queue-log', 'sink', 'queue-log'],
  ])('%s as a %s is called %s', (name, kind, short) => {
    expect(pluginNames(name, kind)).toEqual({ package: name, short });
  });

  test('the short name can be chosen', () => {
    expect(pluginNames('7bits', 'sink', 'bits')).toEqual({ package: '7bits', short: 'bits' });
  });

  test.each([
    'Kafka',
    'a b',
    '',
    '@acme',
    '@/x',
    '@acme/',
    '@a/b/c',
    '../x',
    '.hidden',
    '_private',
    'node_modules',
    'x'.repeat(215),
  ])('npm would refuse "%s"', (name) => {
    expect(() => pluginNames(name, 'sink')).toThrow(
      expect.objectContaining({
        code: 'SLUICE_USAGE',
        message: `"${name}" is not a name for an npm package.`,
      }),
    );
  });

  test.each([
    ['7bits', undefined, '"7bits", of 7bits, is not a short name for a plugin.'],
    ['sluice-sink-', undefined, '"", of sluice-sink-, is not a short name for a plugin.'],
    ['kafka.js', undefined, '"kafka.js", of kafka.js, is not a short name for a plugin.'],
    ['kafka', 'Kafka', '"Kafka" is not a short name for a plugin.'],
  ])('%s with the short name %s is refused', (name, short, message) => {
    expect(() => pluginNames(name, 'sink', short)).toThrow(
      expect.objectContaining({ code: 'SLUICE_USAGE', message }),
    );
  });
});
