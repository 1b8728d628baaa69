import { waitFor } from '../../support/wait.ts';
import type { Stage } from '../stage.ts';

/**
 * Runs a command to its end, or to that of the round.
 *
 * @throws Error where it fails, as it may while a server is down
 */
export async function ask(stage: Stage, ...args: readonly string[]): Promise<'complete' | 'broken off'> {
  const process = stage.site.begin(...args);
  try {
    await waitFor(() => process.ending !== null || stage.ended.aborted, {
      what: `${args.join(' ')} to end`,
      deadlineMs: 40_000,
    });
  } finally {
    await process.kill();
  }
  const { code, output, log } = await process.untilEnded();
  if (code === null) return 'broken off';
  if (code !== 0) throw new Error(`it ended with ${code}: ${(output + log).slice(0, 300)}`);
  return 'complete';
}
