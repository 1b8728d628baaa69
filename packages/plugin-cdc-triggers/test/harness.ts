import type { CaptureRequirements, Change } from '@sluice/core';
import { ChangeConsumer as Consumer } from '@sluice/core/conformance';
import { type LogLine, never, recordingContext } from '../../../test/support/captures.ts';
import type { TestDatabase } from '../../../test/support/postgres.ts';
import { TriggerCapture } from '../src/capture.ts';
import plugin from '../src/index.ts';
import { triggerOptions } from '../src/options.ts';

export { never, requirements, table } from '../../../test/support/captures.ts';
export { Consumer };

/** A capture on a test database, in a schema of its own where a file has several. */
export function makeCapture(
  database: Pick<TestDatabase, 'name' | 'url'>,
  options: Record<string, unknown> = {},
  url: string = database.url,
): { capture: TriggerCapture; log: LogLine[] } {
  const { context, log } = recordingContext(url);
  const capture = plugin.create(context, triggerOptions.parse({ poll_interval: '50ms', ...options }));
  if (!(capture instanceof TriggerCapture)) throw new Error('the capture is made at once');
  return { capture, log };
}

/** A capture that follows a table which exists, with what a test needs of both. */
export async function follow(
  database: TestDatabase,
  required: CaptureRequirements,
  options: Record<string, unknown> = {},
) {
  const { capture, log } = makeCapture(database, options);
  const report = await capture.provision(required, { signal: never });
  const consumer = new Consumer(capture, required);
  await consumer.caughtUp();
  return {
    capture,
    consumer,
    report,
    log,
    /** What a piece of work led to: everything it committed has been yielded. */
    changesOf: async (work: () => Promise<unknown>): Promise<Change[]> => {
      const before = consumer.changes.length;
      await work();
      await consumer.caughtUp();
      consumer.acknowledgeAll();
      return consumer.changes.slice(before);
    },
    stop: async () => {
      await consumer.stop();
      await capture.close();
    },
  };
}

/** `insert 1`, `update 1→2`, `delete 2`, `truncate`: operations with their first column. */
export function brief(changes: readonly Change[], column = 'id'): string[] {
  return changes.map(({ operation, before, after }) => {
    const values = [before?.[column], after?.[column]].filter((value) => value !== undefined);
    return values.length === 0 ? operation : `${operation} ${values.join('→')}`;
  });
}
