import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { buffer } from 'node:stream/consumers';

export interface FrontRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** `pass`: the server behind answers; `drop`: it answers, but the answer is lost with the connection. */
export type FrontAnswer =
  | 'pass'
  | 'drop'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface Front extends AsyncDisposable {
  readonly url: string;
  /** Every bulk that came, in order. */
  readonly bulks: FrontRequest[];
  /** Asked for every bulk. */
  answer: (request: FrontRequest, n: number) => FrontAnswer | Promise<FrontAnswer>;
}

/** A load balancer before a real server, which says no when the test asks it to. */
export async function startFront(target: string, tls?: ServerOptions): Promise<Front> {
  const bulks: FrontRequest[] = [];
  const front: { answer: Front['answer'] } = { answer: () => 'pass' };

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const seen = { path: incoming.url ?? '/', headers: incoming.headers, body };
    let answer: FrontAnswer = 'pass';
    if (seen.path.includes('/_bulk')) answer = await front.answer(seen, bulks.push(seen));
    if (typeof answer === 'object') {
      outgoing.writeHead(answer.status, answer.headers).end(answer.body ?? '');
      return;
    }
    const onward = forward(new URL(seen.path, target), {
      method: incoming.method ?? 'GET',
      headers: { ...incoming.headers, host: new URL(target).host },
    });
    onward.end(body);
    const [reply] = await once(onward, 'response');
    const text = await buffer(reply);
    if (answer === 'drop') incoming.socket.destroy();
    else outgoing.writeHead(reply.statusCode ?? 500, reply.headers).end(text);
  };
  const listener: RequestListener = (incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  };

  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The front has no port.');
  return Object.assign(front, {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${address.port}`,
    bulks,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  });
}

/** The ids that a bulk named. */
export function idsOf({ body }: FrontRequest): string[] {
  return [...body.toString().matchAll(/"_id":"([^"]*)"/g)].flatMap(([, id]) => id ?? []);
}
