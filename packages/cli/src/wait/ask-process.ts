import { isSluiceError } from '@sluice/core';
import { formatAddress, type ServerConfig } from '@sluice/core/config';
import type { WaitRequest, WaitResult } from '@sluice/core/engine';
import { waitUntilSearchable } from '@sluice/core/wait';

/**
 * Asks the process that runs on this machine, by its private HTTP server. Null where none answers there:
 * whoever asks then looks at the records.
 *
 * @throws what the process says: SLUICE_WAIT_TIMEOUT, SLUICE_WAIT_ABORTED, SLUICE_WAIT_REFUSED
 */
export async function askProcess(
  { address, token }: NonNullable<ServerConfig['private']>,
  { point, indexes }: WaitRequest,
  timeoutMs: number,
): Promise<WaitResult | null> {
  const { host, port } = address;
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  try {
    return await waitUntilSearchable({
      url: `http://${formatAddress({ host: reached, port })}`,
      token,
      indexes,
      timeoutMs,
      ...(point.kind === 'transaction' ? { xid: point.id } : {}),
      ...(point.kind === 'position' ? { position: point.position } : {}),
    });
  } catch (error) {
    if (isSluiceError(error, 'SLUICE_WAIT_UNANSWERED')) return null;
    throw error;
  }
}
