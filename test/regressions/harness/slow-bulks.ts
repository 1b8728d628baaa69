import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** An HTTP front before an OpenSearch that is slow, busy or silent for documents, and for nothing else. */
export interface SlowBulks extends AsyncDisposable {
  readonly url: string;
  /** How long a bulk waits before it is passed on; those that wait already go by the former time. */
  slow(milliseconds: number): void;
  /** From here on OpenSearch gets every bulk, and nobody hears of its answer; only of those to these indexes. */
  withholdAnswers(to?: string): void;
  /** Whether bulks are answered with 503 instead of being passed on. */
  unavailable(is: boolean): void;
  /** Bulks that came so far. */
  readonly bulks: number;
  /** Bulks that were answered so far. */
  readonly answered: number;
}

/** Listens on a free port and passes everything on to `target`. */
export async function startSlowBulks(target: string): Promise<SlowBulks> {
  const ending = new AbortController();
  let slowMs = 0;
  let withheld: string | null = null;
  let refused = false;
  let bulks = 0;
  let answered = 0;

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk);
    const isBulk = incoming.url?.includes('_bulk') === true;
    if (isBulk) {
      bulks += 1;
      if (slowMs > 0) await delay(slowMs, undefined, { signal: ending.signal });
      if (refused) {
        outgoing.writeHead(503, { 'content-type': 'application/json' }).end('{"status":503}');
        return;
      }
    }
    const { method, headers, url = '/' } = incoming;
    const onward = request(new URL(url, target), { method, headers, agent: false });
    onward.end(Buffer.concat(body));
    const [answer]: IncomingMessage[] = await once(onward, 'response');
    if (answer === undefined) throw new Error('A response comes with its event.');
    if (isBulk) answered += 1;
    if (isBulk && withheld !== null && url.includes(withheld)) {
      answer.resume();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  };
  const server = createServer((incoming, outgoing) => {
    // A client that gave up is gone; its bulk is passed on all the same, as a slow cluster would.
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The front has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    slow: (milliseconds) => {
      slowMs = milliseconds;
    },
    withholdAnswers: (to = '') => {
      withheld = to;
    },
    unavailable: (is) => {
      refused = is;
    },
    get bulks() {
      return bulks;
    },
    get answered() {
      return answered;
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
