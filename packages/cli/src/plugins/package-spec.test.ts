import { describe, expect, test } from 'vitest';
import { isPackageName, readSpec } from './package-spec.ts';

describe('what stands after `plugins install`', () => {
  test.each([
    ['sluice-kafka', 'sluice-kafka'],
    ['sluice-kafka@1.4.2', 'sluice-kafka'],
    ['sluice-kafka@^1', 'sluice-kafka'],
    ['@acme/kafka@next', '@acme/kafka'],
    ['@acme/kafka', '@acme/kafka'],
  ])('%s is a package of the registry', (text, name) => {
    expect(readSpec(text, '/srv')).toEqual({ kind: 'registry', npm: text, shown: text, path: null, name });
  });

  test.each([
    ['./mine', '/srv/mine'],
    ['..', '/'],
    ['/opt/mine', '/opt/mine'],
    ['mine-1.0.0.tgz', '/srv/mine-1.0.0.tgz'],
    ['out/mine.tar.gz', '/srv/out/mine.tar.gz'],
    ['file:mine', '/srv/mine'],
    ['file:/opt/mine', '/opt/mine'],
    ['file:///opt/mine', '/opt/mine'],
  ])('%s is a file or folder', (text, path) => {
    expect(readSpec(text, '/srv')).toEqual({
      kind: 'file',
      npm: `file:${path}`,
      shown: path,
      path,
      name: null,
    });
  });

  test.each([
    ['https://example.org/mine-1.0.0.tgz', 'https://example.org/mine-1.0.0.tgz'],
    ['git+https://me:secret@example.org/mine.git', 'git+https://example.org/mine.git'],
    ['github:acme/mine', 'github:acme/mine'],
  ])('%s is a URL, shown without credentials', (text, shown) => {
    expect(readSpec(text, '/srv')).toEqual({ kind: 'url', npm: text, shown, path: null, name: null });
  });
});

test('a name that npm would take for something else is none', () => {
  expect(['a', '@a/b', 'sluice-sink.js'].filter(isPackageName)).toHaveLength(3);
  expect(['acme/kafka', '../x', '@a/b/c', 'A', '', '.hidden', '@/x'].filter(isPackageName)).toEqual([]);
});
