import { describe, expect, test } from 'vitest';
import type { ChangeCapture, CoverageReport, Sink } from '../../contracts/index.ts';
import { SluiceError } from '../../errors/index.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import type { EngineIndex, EngineSink } from '../run/run-options.ts';
import type { CaptureRecord } from './capture-record.ts';
import type { CapturePlugin, NamedCapture } from './captures.ts';
import { chooseCapture, describeChoice } from './choose-capture.ts';

const plugin = (name: string): CapturePlugin => ({ name, reference: name, options: {} });

/** Only looks are asked of a capture here. */
function capture(name: string, report: Partial<CoverageReport> = {}): NamedCapture {
  const looks: Partial<ChangeCapture> = {
    inspect: async () => ({ mechanism: 'ready', problems: [], tables: [], ...report }),
    script: async () => ({ sections: [{ title: 'Rights', statements: [`GRANT ${name}`] }] }),
  };
  return { plugin: plugin(name), capture: looks as ChangeCapture };
}

const blockedBy = (message: string) => ({
  code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
  message,
  sql: ['GRANT what is missing'],
  fixable: false,
});
const blocked = (message: string) => [blockedBy(message)];
const mendable = (message: string) => [{ code: 'SLUICE_CAPTURE_NOT_PROVISIONED', message, fixable: true }];

const schema = { index: 'users' } as EngineIndex['schema'];
const users = { schema, sinks: ['search', 'audit'] } as unknown as EngineIndex;
const orders = { ...users, schema: { index: 'orders' } as EngineIndex['schema'] };
const sink = (name: string, required: boolean): EngineSink => ({
  name,
  required,
  sink: { fingerprint: () => null, records: {} } as unknown as Sink,
});
const record = (of: CaptureRecord) =>
  ({ index: 'users', hash: 'another', number: 1, seeded: true, capture: of }) as GenerationRecord;
const follows = (name: string) => record({ identity: `${name}:1`, position: '1', plugin: plugin(name) });

interface Case {
  readonly allowed: readonly [NamedCapture, ...NamedCapture[]];
  readonly required?: readonly GenerationRecord[];
  readonly optional?: readonly GenerationRecord[];
  readonly former?: NamedCapture;
  readonly provision?: boolean;
}

async function choose({ allowed, required = [], optional = [], former, provision = true }: Case) {
  const decision = await chooseCapture({
    choice: {
      allowed,
      reopen: async ({ name }) => {
        if (former?.plugin.name === name) return former;
        throw new SluiceError('SLUICE_PLUGIN_NOT_FOUND', `There is no capture plugin ${name}.`);
      },
    },
    records: new Map([
      [sink('search', true), required],
      [sink('audit', false), optional],
    ]),
    indexes: [users, orders],
    required: { tables: [] },
    provision,
  });
  return {
    follow: decision.follow.plugin.name,
    switchTo: decision.switchTo?.plugin.name ?? null,
    retiring: decision.retiring.map(({ name }) => name),
    gone: decision.gone?.why ?? null,
    told: describeChoice(decision),
  };
}

describe('a capture that the configuration names', () => {
  test('is followed where nothing else was, and nothing is told', async () =>
    expect(await choose({ allowed: [capture('wal')] })).toEqual({
      follow: 'wal',
      switchTo: null,
      retiring: [],
      gone: null,
      told: null,
    }));

  test('takes over from what the indexes follow, as long as that can be read', async () =>
    expect(
      await choose({
        allowed: [capture('triggers')],
        required: [follows('wal')],
        former: capture('wal'),
      }),
    ).toMatchObject({ follow: 'wal', switchTo: 'triggers', retiring: [], gone: null }));

  test.each([
    ['is gone', capture('wal', { mechanism: 'absent' }), 'it is gone from the source'],
    [
      'is lost',
      capture('wal', { mechanism: 'lost', problems: mendable('The slot is lost.') }),
      'The slot is lost.',
    ],
    [
      'may not be read',
      capture('wal', { problems: blocked('The role may not replicate.') }),
      'The role may not replicate.',
    ],
    ['is no plugin any more', undefined, 'There is no capture plugin wal.'],
  ])('is followed at once where the former one %s, and that one is removed', async (_what, former, why) =>
    expect(
      await choose({
        allowed: [capture('triggers', { mechanism: 'absent' })],
        required: [follows('wal')],
        ...(former === undefined ? {} : { former }),
      }),
    ).toMatchObject({ follow: 'triggers', switchTo: null, retiring: ['wal'], gone: why }),
  );

  test('does not take over from what another process is reading, whatever this role may do', async () => {
    const former = capture('wal', { problems: blocked('no'), heldBy: 'session 7' });
    await expect(
      choose({ allowed: [capture('triggers')], required: [follows('wal')], former }),
    ).rejects.toMatchObject({ code: 'SLUICE_CAPTURE_IN_USE' });
  });

  test('is refused with its SQL where it cannot be made, and nothing is changed', async () => {
    const allowed = [capture('triggers', { problems: blocked('The outbox does not exist.') })] as const;
    await expect(
      choose({ allowed, required: [follows('wal')], former: capture('wal') }),
    ).rejects.toMatchObject({
      code: 'SLUICE_CAPTURE_NOT_PROVISIONED',
      message: expect.stringContaining('the indexes follow wal'),
      hint: expect.stringContaining('GRANT triggers'),
    });
  });

  test('is refused where nothing may be made and something is missing', async () =>
    expect(
      choose({
        allowed: [capture('triggers', { problems: mendable('The outbox does not exist.') })],
        required: [follows('wal')],
        former: capture('wal'),
        provision: false,
      }),
    ).rejects.toMatchObject({ code: 'SLUICE_CAPTURE_NOT_PROVISIONED' }));

  test('is not changed for an optional sink that was away: what that one followed is removed', async () =>
    expect(
      await choose({
        allowed: [capture('triggers')],
        required: [follows('triggers')],
        optional: [follows('wal')],
        former: capture('wal'),
      }),
    ).toMatchObject({ follow: 'triggers', switchTo: null, retiring: ['wal'] }));
});

test('what another deployment follows, with indexes of its own in the same sinks, is left alone', async () =>
  expect(
    await choose({
      allowed: [capture('triggers')],
      required: [follows('triggers'), { ...follows('wal'), index: 'of another deployment' }],
    }),
  ).toMatchObject({ follow: 'triggers', retiring: [] }));

describe('auto', () => {
  const able = [
    capture('wal', { mechanism: 'absent' }),
    capture('triggers', { mechanism: 'absent' }),
  ] as const;
  const unable = [
    capture('wal', { mechanism: 'absent', problems: blocked('wal_level is replica.') }),
    capture('triggers', { mechanism: 'absent' }),
  ] as const;

  test('takes the first that server, role and tables allow, and says why', async () => {
    expect(await choose({ allowed: able })).toMatchObject({
      follow: 'wal',
      told: 'capture: auto takes wal: server, role and tables allow it',
    });
    expect(await choose({ allowed: unable })).toMatchObject({
      follow: 'triggers',
      told: 'capture: auto takes triggers: wal: wal_level is replica.',
    });
  });

  test('stays with what the indexes follow, whatever would be possible', async () => {
    expect(await choose({ allowed: able, required: [follows('triggers')] })).toMatchObject({
      follow: 'triggers',
      switchTo: null,
    });
    expect(await choose({ allowed: unable, required: [follows('wal')] })).toMatchObject({
      follow: 'wal',
      switchTo: null,
    });
  });

  test('stays with what most indexes follow, where one that was disabled meanwhile remembers what is gone', async () => {
    const allowed = [capture('wal', { mechanism: 'absent' }), capture('triggers')] as const;
    for (const required of [
      [follows('wal'), follows('triggers')],
      [follows('triggers'), follows('wal')],
    ]) {
      const indexed = required.map((each, index) => ({ ...each, index: ['users', 'orders'][index] ?? '' }));
      expect(await choose({ allowed, required: indexed })).toMatchObject({
        follow: 'triggers',
        switchTo: null,
        retiring: ['wal'],
      });
    }
  });

  test('goes by what the source has where no sink remembers', async () =>
    expect(
      await choose({ allowed: [capture('wal', { mechanism: 'absent' }), capture('triggers')] }),
    ).toMatchObject({ follow: 'triggers', told: expect.stringContaining('the source has it already') }));

  test('takes over from a capture that it would not choose', async () =>
    expect(
      await choose({ allowed: able, required: [follows('binlog')], former: capture('binlog') }),
    ).toMatchObject({ follow: 'binlog', switchTo: 'wal' }));

  test('tells what is in the way of each where none is possible, and whose SQL it shows', async () =>
    expect(
      choose({
        allowed: [
          capture('wal', {
            mechanism: 'absent',
            problems: [{ ...blockedBy('wal_level is replica.'), hint: 'The server has to be restarted.' }],
          }),
          capture('triggers', { mechanism: 'absent', problems: blocked('The role may not create.') }),
        ],
      }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/wal: wal_level is replica\.[\s\S]*triggers: The role may not create\./),
      hint: expect.stringMatching(
        /^The SQL is for triggers; for another capture, name it: `capture: wal`\.\nHave a role[\s\S]*GRANT triggers/,
      ),
    }));
});
