import type { LoadedConfig } from '@sluice/core/config';
import { type WaitRequest, type WaitResult, waitByRecords, waitTimeout } from '@sluice/core/engine';
import type { Deployment } from '../deployment.ts';
import { askProcess } from './ask-process.ts';

export interface Waited extends WaitResult {
  readonly ms: number;
  /** Who knew it: the running process by HTTP, or the records in the sinks. */
  readonly by: 'process' | 'records';
}

/**
 * Waits by the running process where it can be asked, else by the records in the sinks.
 *
 * @param open the plugins; opened only where records are looked at
 * @throws SLUICE_WAIT_TIMEOUT with the reason
 */
export async function waitUntilSearchable(
  config: LoadedConfig,
  request: WaitRequest,
  timeoutMs: number,
  open: () => Promise<Deployment<'capture' | 'documents' | 'sinks'>>,
): Promise<Waited> {
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  if (config.server?.private != null) {
    const found = await askProcess(config.server.private, request, timeoutMs);
    if (found !== null) return { ...found, ms: elapsed(), by: 'process' };
  }
  const signal = AbortSignal.timeout(Math.max(0, timeoutMs - elapsed()));
  let reason = 'nothing was heard yet';
  await using deployment = await open();
  const { capture, documents, sinks } = deployment;
  const indexes = config.indexes.filter(({ enabled }) => enabled);
  const told = (now: string) => {
    reason = now;
  };
  try {
    const found = await waitByRecords(request, { capture, documents, sinks, indexes }, signal, told);
    return { ...found, ms: elapsed(), by: 'records' };
  } catch (error) {
    if (signal.aborted) throw waitTimeout(timeoutMs, reason);
    throw error;
  }
}
