import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { durationFlag } from '../duration-flag.ts';
import type { Waited } from '../wait/wait-until-searchable.ts';

const defaultTimeout = 30_000;

export default class Wait extends BaseCommand {
  static override summary = 'Return when what was written can be searched: read your own writes.';
  static override description =
    'Waits until a transaction, a position, or all that is committed now is durable in every required sink and found by searches. A transaction that is still open is waited for; one that was rolled back is an error. Asks the running process where the configuration has `server.private`, else looks at what the sinks keep on record, which is up to a second later.';
  static override examples = [
    '<%= config.bin %> wait --now',
    '<%= config.bin %> wait --xid 104852 --index users --timeout 5s',
    '<%= config.bin %> wait --position 0/1A2B3C4 --json',
  ];

  static override flags = {
    xid: Flags.string({
      summary: 'What this transaction wrote: `SELECT pg_current_xact_id()` gave the id in it.',
      env: 'SLUICE_WAIT_XID',
      helpValue: 'ID',
    }),
    position: Flags.string({
      summary: 'Everything up to this position of the capture.',
      env: 'SLUICE_WAIT_POSITION',
      helpValue: 'POSITION',
    }),
    now: Flags.boolean({ summary: 'Everything that is committed now.', env: 'SLUICE_WAIT_NOW' }),
    index: Flags.string({
      summary: 'Only in this index; may be given several times. Default: all.',
      env: 'SLUICE_WAIT_INDEX',
      helpValue: 'NAME',
      multiple: true,
    }),
    timeout: durationFlag({
      summary: 'Give up after this long, with exit code 1 and the reason. Default: 30s.',
      env: 'SLUICE_WAIT_TIMEOUT',
    }),
  };

  async run(): Promise<Waited> {
    const { flags } = await this.parse(Wait);
    const [
      { openDeployment, readConfiguration },
      { quietLogger },
      { chosenIndexes, waitPoint },
      { waitUntilSearchable },
      { formatDuration },
    ] = await Promise.all([
      import('../deployment.ts'),
      import('../log/quiet-logger.ts'),
      import('../wait/wait-point.ts'),
      import('../wait/wait-until-searchable.ts'),
      import('../output/units.ts'),
    ]);
    const point = waitPoint(flags);
    const config = await readConfiguration(flags);
    const enabled = config.indexes.filter((index) => index.enabled).map(({ name }) => name);
    const request = { point, indexes: chosenIndexes(flags.index ?? [], enabled) };
    const waited = await waitUntilSearchable(config, request, flags.timeout ?? defaultTimeout, () =>
      openDeployment(this.config, config, {
        logger: quietLogger(),
        parts: ['capture', 'documents', 'sinks'],
      }),
    );
    this.log(`Searchable up to ${waited.position} after ${formatDuration(waited.ms)}.`);
    return waited;
  }
}
