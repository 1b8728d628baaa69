import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { waitFor } from '../../support/wait.ts';

/** What a request is, `PUT /orders_1/_settings`, and what it brings. */
export type Fits = (request: string, body: string) => boolean;

/** HTTP on its way to OpenSearch, which a test can hold at one request. */
export interface RequestGate extends AsyncDisposable {
  readonly url: string;
  /**
   * The next request that fits is held, and all that come after it: `before` it reaches the server, or
   * `after` the server has carried it out. Resolves when one is held.
   */
  hold(fits: Fits, when: 'before' | 'after', what: string): Promise<void>;
  /** Forgets what is held, whose client is gone, and lets everything else through. */
  open(): void;
}

export async function startGate(target: string): Promise<RequestGate> {
  const upstream = new URL(target);
  let holding: { readonly fits: Fits; readonly when: 'before' | 'after' } | null = null;
  let held = false;

  const forward = async ({ method, url, headers }: IncomingMessage, body: Buffer) => {
    const { hostname, port } = upstream;
    const outgoing = request({ hostname, port, method, path: url, headers });
    outgoing.end(body);
    const [incoming]: readonly IncomingMessage[] = await once(outgoing, 'response');
    if (incoming === undefined) throw new Error('There is no response.');
    return { incoming, content: await buffer(incoming) };
  };

  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await buffer(asked);
    if (held) return;
    const is = holding?.fits(`${asked.method} ${decodeURIComponent(asked.url ?? '')}`, String(body)) === true;
    if (is && holding?.when === 'before') {
      held = true;
      return;
    }
    const { incoming, content } = await forward(asked, body);
    if (is) {
      held = true;
      return;
    }
    answer.writeHead(incoming.statusCode ?? 502, incoming.headers).end(content);
  };

  const server = createServer((asked, answer) => {
    pass(asked, answer).catch(() => answer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gate has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold: async (fits, when, what) => {
      holding = { fits, when };
      await waitFor(() => held, { what });
    },
    open: () => {
      holding = null;
      held = false;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
