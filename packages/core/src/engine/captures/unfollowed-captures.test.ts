import { expect, test } from 'vitest';
import { MemoryCapture, MemoryWorld } from '../../../test/memory-capture.ts';
import { SluiceError } from '../../errors/index.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { emptyRecord } from '../generations/target.ts';
import { fanOut } from '../run/observers.ts';
import type { CapturePlugin } from './captures.ts';
import { tellUnfollowed } from './unfollowed-captures.ts';

const plugin = (name: string): CapturePlugin => ({ name, reference: name, options: {} });

/** What is told where the log was provisioned, nothing of triggers is there, and a third cannot be asked. */
async function told(records: readonly GenerationRecord[]): Promise<readonly string[]> {
  const removals: Readonly<Record<string, readonly string[]>> = { wal: ['DROP the slot'], triggers: [] };
  const capture = new MemoryCapture(new MemoryWorld());
  const warnings: string[] = [];
  await tellUnfollowed(
    {
      allowed: [{ plugin: plugin('mine'), capture }],
      others: ['pooled', 'wal', 'triggers'].map(plugin),
      reopen: async (asked) => {
        const removal = removals[asked.name];
        if (removal === undefined) throw new SluiceError('SLUICE_SOURCE_UNSUPPORTED', 'a pooler is between');
        return {
          plugin: asked,
          capture: Object.assign(new MemoryCapture(new MemoryWorld()), { removal: async () => removal }),
        };
      },
    },
    records,
    fanOut([{ warning: ({ message, hint }) => warnings.push(`${message}\n${hint}`) }]),
  );
  return warnings;
}

test('at the first start it is told what other captures have in the source, with what removes it', async () => {
  const warnings = await told([]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^wal has something in the source, and no index follows it\n/);
  expect(warnings[0]).toContain('  DROP the slot;');
});

function recordOf(followed: CapturePlugin): GenerationRecord {
  const source = {
    system: '1',
    timeline: '1',
    databaseOid: '1',
    database: 'shop',
    host: 'here',
    version: 1n,
  };
  const schema = {
    index: 'orders',
    table: { schema: 'public', name: 'orders' },
    primaryKey: ['id'],
    docId: null,
    routing: null,
    softDelete: null,
    filters: [],
    fields: [],
    settings: {},
    at: [],
  };
  const generation = { index: 'orders', hash: '0', number: 1, schema };
  const record = emptyRecord({ generation, source, epoch: 0 });
  return { ...record, capture: { identity: 'mine', position: '1', plugin: followed, besides: [] } };
}

test('where records name a capture nothing is told: what they followed is removed by itself', async () => {
  expect(await told([recordOf(plugin('mine'))])).toEqual([]);
});

/** What is told where a capture with a schema named in its options has a table there, and is followed as `now`. */
async function toldOfChange(former: CapturePlugin['options'], now: CapturePlugin['options']) {
  const opened = (asked: CapturePlugin) => ({
    plugin: asked,
    capture: Object.assign(new MemoryCapture(new MemoryWorld()), {
      removal: async () => [`DROP TABLE ${JSON.stringify(asked.options['schema'])}.outbox`],
    }),
  });
  const warnings: string[] = [];
  await tellUnfollowed(
    { allowed: [opened({ ...plugin('mine'), options: now })], reopen: async (asked) => opened(asked) },
    [recordOf({ ...plugin('mine'), options: former }), recordOf({ ...plugin('mine'), options: former })],
    fanOut([{ warning: ({ message, hint }) => warnings.push(`${message}\n${hint}`) }]),
  );
  return warnings;
}

test('what was made under former options is told of once, with what removes it', async () => {
  const warnings = await toldOfChange({ schema: 'a' }, { schema: 'b' });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('under its former options');
  expect(warnings[0]).toContain('  DROP TABLE "a".outbox;');
});

test('options that lead to the same things in the source are no reason to tell of them', async () => {
  expect(await toldOfChange({ schema: 'a', poll_interval: '1s' }, { schema: 'a' })).toEqual([]);
});
