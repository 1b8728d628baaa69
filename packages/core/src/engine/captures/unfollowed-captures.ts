import type { Observer } from '../../contracts/index.ts';
import { isSluiceError } from '../../errors/index.ts';
import type { GenerationRecord } from '../generations/generation-record.ts';
import { namedPlugins } from './capture-record.ts';
import type { CaptureChoice } from './captures.ts';

/**
 * Tells at the first start of other captures that have something in the source, because somebody provisioned
 * them: no record names them, so nothing would ever take them away. They may be somebody else's, and are
 * left alone.
 */
export async function tellUnfollowed(
  { others = [], reopen }: CaptureChoice,
  records: readonly GenerationRecord[],
  observer: Required<Observer>,
): Promise<void> {
  if (records.some(({ capture }) => namedPlugins(capture).length > 0)) return;
  for (const plugin of others) {
    try {
      const { capture } = await reopen(plugin);
      const statements = (await capture.removal?.()) ?? [];
      if (statements.length === 0) continue;
      observer.warning({
        code: 'SLUICE_CAPTURE_UNFOLLOWED',
        message: `${plugin.name} has something in the source, and no index follows it`,
        hint: [
          `If it is not another deployment's, remove it: run \`sluice provision --remove\` under a configuration with \`capture: ${plugin.name}\`, or have a role that may run:`,
          ...statements.map((sql) => `  ${sql.replace(/;?$/, ';')}`),
        ].join('\n'),
      });
    } catch (error) {
      // What cannot be asked, as the log behind a pooler, is none of this run's business.
      if (!isSluiceError(error)) throw error;
    }
  }
}
