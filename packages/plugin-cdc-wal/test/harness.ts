import type { ChangeCapture } from '@sluice/core';
import { type LogLine, recordingContext } from '../../../test/support/captures.ts';
import type { TestDatabase } from '../../../test/support/postgres.ts';
import plugin from '../src/index.ts';
import { walOptions } from '../src/options.ts';

export { ChangeConsumer as Consumer } from '@sluice/core/conformance';

export { never, requirements, table } from '../../../test/support/captures.ts';

/** A capture on a test database, with the slot named after the database so that files never meet. */
export function makeCapture(
  database: Pick<TestDatabase, 'name' | 'url'>,
  options: Record<string, unknown> = {},
  url: string = database.url,
): { capture: ChangeCapture; log: LogLine[]; slot: string } {
  const { context, log } = recordingContext(url);
  const slot = typeof options['slot'] === 'string' ? options['slot'] : `s_${database.name}`;
  const capture = plugin.create(context, walOptions.parse({ slot, ...options }));
  if (capture instanceof Promise) throw new Error('the capture is made at once');
  return { capture, log, slot };
}
