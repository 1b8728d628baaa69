import { isDeepStrictEqual } from 'node:util';
import type { Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { namedPlugins } from './capture-record.ts';
import type { CaptureChoice, CapturePlugin } from './captures.ts';

/**
 * Tells at the start of what has something in the source that nobody will follow or take away: at the first
 * one, other captures that somebody provisioned; later, the capture itself under options it had before, such
 * as another slot or schema. They may be somebody else's, and are left alone.
 */
export async function tellUnfollowed(
  choice: CaptureChoice,
  records: readonly GenerationRecord[],
  observer: Required<Observer>,
): Promise<void> {
  const recorded = records.flatMap(({ capture }) => namedPlugins(capture));
  if (recorded.length > 0) return await tellFormerOptions(choice, recorded, observer);
  for (const plugin of choice.others ?? []) {
    const statements = await removalOf(choice, plugin);
    if (statements.length === 0) continue;
    const how = `If it is not another deployment's, remove it: run \`sluice provision --remove\` under a configuration with \`capture: ${plugin.name}\``;
    tell(`${plugin.name} has something in the source, and no index follows it`, how, statements, observer);
  }
}

async function tellFormerOptions(
  choice: CaptureChoice,
  recorded: readonly CapturePlugin[],
  observer: Required<Observer>,
): Promise<void> {
  const told: (readonly string[])[] = [];
  // Most generations followed the same.
  const each = recorded.filter(
    (plugin, at) => at === recorded.findIndex((one) => isDeepStrictEqual(one, plugin)),
  );
  for (const former of each) {
    const chosen = choice.allowed.find(({ plugin }) => plugin.name === former.name);
    if (chosen === undefined || isDeepStrictEqual(chosen.plugin.options, former.options)) continue;
    const statements = await removalOf(choice, former);
    // Options that change nothing in the source lead to the same things there.
    const same = [await removalOf(choice, chosen.plugin), ...told];
    if (statements.length === 0 || same.some((other) => isDeepStrictEqual(other, statements))) continue;
    told.push(statements);
    tell(
      `what ${former.name} made in the source under its former options is still there, and no index will follow it`,
      'Remove it: run `sluice provision --remove` under the former configuration',
      statements,
      observer,
    );
  }
}

/** What would take away what the capture has in the source; nothing where it cannot be asked. */
async function removalOf({ reopen }: CaptureChoice, plugin: CapturePlugin): Promise<readonly string[]> {
  try {
    const { capture } = await reopen(plugin);
    return (await capture.removal?.()) ?? [];
  } catch (error) {
    // What cannot be asked, as the log behind a pooler, is none of this run's business.
    if (!isSluiceError(error)) throw error;
    return [];
  }
}

function tell(
  message: string,
  how: string,
  statements: readonly string[],
  observer: Required<Observer>,
): void {
  const sql = statements.map((statement) => `  ${statement.replace(/;?$/, ';')}`);
  observer.warning({
    code: 'SLUICE_CAPTURE_UNFOLLOWED',
    message,
    hint: [`${how}, or have a role that may run:`, ...sql].join('\n'),
  });
}
