import type { Observer } from '../../contracts/index.ts';
import { asSluiceError, isSluiceError, SluiceError } from '../../errors/index.ts';
import { delay } from '../async.ts';
import type { Target } from '../generations/target.ts';
import { forgetting } from './capture-record.ts';
import type { CaptureChoice, CapturePlugin, NamedCapture } from './captures.ts';

const againMs = 10_000;

export interface RetirementOptions {
  readonly choice: CaptureChoice;
  readonly retiring: readonly CapturePlugin[];
  readonly targets: readonly Target[];
  readonly observer: Required<Observer>;
  readonly signal: AbortSignal;
  /** Try again where it may help, until the signal aborts; else leave it to the next start. */
  readonly patient: boolean;
  /** Whether anything may be changed in the source; if not, it is only told what is there. */
  readonly provision: boolean;
}

/**
 * Takes away what captures that nobody follows any more have in the source, beside the stream: a slot
 * that is left behind would keep the log for ever. Whatever cannot be taken away stays on record, and
 * is tried again at the next start. Resolves also then, and when the signal aborts.
 */
export async function retireCaptures(options: RetirementOptions): Promise<void> {
  for (const plugin of options.retiring) await retire(plugin, options);
}

async function retire(plugin: CapturePlugin, options: RetirementOptions): Promise<void> {
  const { observer, signal, patient } = options;
  for (;;) {
    let former: NamedCapture | null = null;
    try {
      former = await options.choice.reopen(plugin);
      await remove(former, options);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isSluiceError(error)) throw error;
      if (error.code.startsWith('SLUICE_SINK')) throw error;
      const again = patient && mayPass(error);
      await warn(asSluiceError(error), plugin, former, again, observer);
      if (!again) return;
    }
    try {
      await delay(againMs, signal);
    } catch {
      return;
    }
  }
}

async function remove({ plugin, capture }: NamedCapture, options: RetirementOptions): Promise<void> {
  const { observer, targets, signal, provision } = options;
  const left = provision ? [] : await capture.removal?.();
  if (left === undefined || left.length > 0) {
    throw new SluiceError('SLUICE_CAPTURE_NOT_PROVISIONED', 'nothing may be changed in the source');
  }
  const waiting = { signal, onWait: (message: string) => observer.info({ message }) };
  // Somebody else may have begun to follow it since.
  if (provision) for (const target of targets) await target.confirm();
  const statements = provision ? await capture.deprovision(waiting) : [];
  for (const target of targets) {
    await target.update((record) => {
      const forgotten = forgetting(record.capture, plugin.name);
      return forgotten === record.capture ? record : { ...record, capture: forgotten };
    });
  }
  if (statements.length === 0) return;
  const message = `removed what ${plugin.name} had in the source (${statements.length} statements)`;
  observer.info({ message });
}

function mayPass(error: unknown): boolean {
  return isSluiceError(error, 'SLUICE_SOURCE_UNAVAILABLE') || isSluiceError(error, 'SLUICE_CAPTURE_IN_USE');
}

async function warn(
  error: SluiceError,
  { name }: CapturePlugin,
  former: NamedCapture | null,
  again: boolean,
  observer: Required<Observer>,
): Promise<void> {
  const script = again ? [] : ((await former?.capture.removal?.().catch(() => [])) ?? []);
  const hints = [
    again
      ? 'It is tried again.'
      : 'The indexes do not need it any more, but it may keep log or rows: it is tried again at the next start.',
    ...(error.hint === undefined ? [] : [error.hint]),
    ...(script.length === 0
      ? []
      : ['A role that may removes it with:', ...script.map((sql) => `  ${sql.replace(/;?$/, ';')}`)]),
  ];
  observer.warning({
    code: error.code,
    message: `what ${name} had in the source is still there: ${error.message}`,
    hint: hints.join('\n'),
  });
}
