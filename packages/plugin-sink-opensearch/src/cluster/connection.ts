import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Connection } from './client-parts.ts';

/** How a request failed below HTTP. */
export interface ConnectionFailure {
  /** No byte of it left: another node may be given the same body. */
  readonly neverSent: boolean;
  /** What the socket said; the client keeps only its message. */
  readonly cause: Error | null;
}

const failures = new WeakMap<Error, ConnectionFailure>();

export function connectionFailure(error: unknown): ConnectionFailure | null {
  return error instanceof Error ? (failures.get(error) ?? null) : null;
}

/** A node that does not answer the first packet in this time, in ms, is passed over. */
const connectTimeout = 5000;

type Answer = (error: Error | null, response: IncomingMessage | null) => void;

/**
 * The client's connection, which also remembers how a request failed, gives up early on a host that
 * swallows packets, and does not print to standard output (where documents may go) when a socket
 * fails after its response began.
 */
export class TrackedConnection extends Connection {
  override request(
    params: Parameters<InstanceType<typeof Connection>['request']>[0],
    answer: Answer,
  ): ClientRequest {
    let ready = false;
    let cause: Error | null = null;
    const request = super.request(params, (error, response) => {
      if (error !== null) failures.set(error, { neverSent: !ready, cause });
      if (response !== null) {
        request.removeAllListeners('error');
        request.on('error', ignore);
      }
      answer(error, response);
    });
    request.prependListener('error', (error: Error) => {
      cause = error;
    });
    request.once('socket', (socket: Socket) => {
      if (!socket.connecting) {
        ready = true;
        return;
      }
      const timer = setTimeout(() => {
        request.destroy(new Error(`no connection within ${connectTimeout / 1000} s`));
      }, connectTimeout);
      const event = this.url.protocol === 'https:' ? 'secureConnect' : 'connect';
      socket.once(event, () => {
        ready = true;
      });
      const settled = () => clearTimeout(timer);
      socket.once(event, settled);
      socket.once('close', settled);
    });
    return request;
  }
}

/** The response itself reports the failure too: see the transport's `aborted` listener. */
function ignore(): void {}
