import { expect, test } from 'vitest';
import { classifyItem } from './classify-item.ts';

// Texts as OpenSearch 2.19 and 3.4 send them.

test.each([200, 201, 404])('status %i without an error is accepted', (status) => {
  expect(classifyItem({ status })).toEqual({ kind: 'accepted' });
});

test('a conflict names the version held, to the last digit', () => {
  const type = 'version_conflict_engine_exception';
  const reason =
    '[2]: version conflict, current version [9223372036854775806] is higher than the one provided [5]';
  expect(classifyItem({ status: 409, error: { type, reason } })).toEqual({
    kind: 'conflict',
    held: 9223372036854775806n,
  });
});

test('an id cannot pretend to be the version held', () => {
  const type = 'version_conflict_engine_exception';
  const id = 'x]: version conflict, current version [7] is\nhigher';
  const reason = `[${id}]: version conflict, current version [12] is higher than the one provided [5]`;
  expect(classifyItem({ status: 409, error: { type, reason } })).toEqual({ kind: 'conflict', held: 12n });
});

test('a conflict that names no version is not taken for success', () => {
  const error = { type: 'version_conflict_engine_exception', reason: 'something new' };
  expect(classifyItem({ status: 409, error })).toMatchObject({ kind: 'rejected', retryable: false });
});

test('a mapping failure is final and says its cause', () => {
  const error = {
    type: 'mapper_parsing_exception',
    reason: "failed to parse field [a] of type [integer] in document with id '2'",
    caused_by: { type: 'number_format_exception', reason: 'For input string: "x"' },
  };
  expect(classifyItem({ status: 400, error })).toEqual({
    kind: 'rejected',
    retryable: false,
    reason:
      'mapper_parsing_exception: failed to parse field [a] of type [integer] in document with id \'2\': number_format_exception: For input string: "x"',
  });
});

test.each([
  [429, 'rejected_execution_exception'],
  [429, 'cluster_block_exception'],
  [403, 'cluster_block_exception'],
  [400, 'index_closed_exception'],
  [503, 'unavailable_shards_exception'],
  [404, 'shard_not_found_exception'],
  [404, 'index_shard_closed_exception'],
  [500, 'i_o_exception'],
])('%i %s may be accepted later', (status, type) => {
  const outcome = classifyItem({ status, error: { type, reason: 'r' } });
  expect(outcome).toEqual({ kind: 'rejected', reason: `${type}: r`, retryable: true });
});

test("a server's own mistake over a document is final, or it would be made for ever", () => {
  const error = { type: 'null_pointer_exception', reason: null };
  expect(classifyItem({ status: 500, error })).toMatchObject({ kind: 'rejected', retryable: false });
});

test.each([
  ['no-index', 404, 'index_not_found_exception'],
  ['no-index', 400, 'invalid_index_name_exception'],
  ['no-privilege', 403, 'security_exception'],
])('%s: %i %s is not about the document', (kind, status, type) => {
  expect(classifyItem({ status, error: { type, reason: 'r' } })).toMatchObject({ kind });
});
