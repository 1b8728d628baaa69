import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';

/** How requests fare, some of them: the rest passes. */
export type Treatment =
  /** Nobody gets to see the request. */
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfter?: number }
  /** Requests above so many bytes are refused with 413. */
  | { readonly kind: 'limit'; readonly bytes: number }
  /** Some documents of a bulk are refused with 429, the others pass. */
  | { readonly kind: 'refuse items' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** The request is done, and its answer is lost: the connection ends, or nothing ever comes. */
  | { readonly kind: 'lose the answer'; readonly how: 'reset' | 'silence' }
  /** Something that is not OpenSearch answers. */
  | { readonly kind: 'strange answer' };

/** An HTTP front before an OpenSearch, for faults that a TCP proxy cannot make. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** `share` percent of the bulks, or of all requests, are treated so from here on. */
  treat(treatment: Treatment | null, share: number, of: 'bulks' | 'all'): void;
}

interface Rule {
  readonly treatment: Treatment;
  readonly share: number;
  readonly of: 'bulks' | 'all';
}

/** Listens on a free port and passes everything on to `target`. `random` decides who is met. */
export async function startFront(target: string, random: Random): Promise<Front> {
  const agent = new Agent({ keepAlive: true });
  const ending = new AbortController();
  let rule: Rule | null = null;

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isBulk = incoming.url?.includes('_bulk') === true;
    const met =
      rule !== null && (isBulk || rule.of === 'all') && random.chance(rule.share) ? rule.treatment : null;
    if (met?.kind === 'refuse') {
      const after = met.retryAfter === undefined ? {} : { 'retry-after': String(met.retryAfter) };
      outgoing.writeHead(met.status, { 'content-type': 'application/json', ...after });
      outgoing.end(
        JSON.stringify({ error: { type: 'refused', reason: 'by the front' }, status: met.status }),
      );
      return;
    }
    if (met?.kind === 'limit' && body.length > met.bytes) {
      outgoing.writeHead(413, { 'content-type': 'text/plain' }).end('too large');
      return;
    }
    if (met?.kind === 'strange answer') {
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html>Be right back</html>');
      return;
    }
    if (met?.kind === 'slow') await delay(met.ms, undefined, { signal: ending.signal });
    if (met?.kind === 'refuse items' && isBulk) {
      await refuseItems(incoming, body, outgoing);
      return;
    }
    const answer = await forward(incoming, body);
    if (met?.kind === 'lose the answer') {
      answer.resume();
      await once(answer, 'end');
      if (met.how === 'reset') outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  };

  const forward = async ({ method, headers, url = '/' }: IncomingMessage, body: Buffer) => {
    const onward = request(new URL(url, target), {
      method,
      headers: { ...headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
      agent,
    });
    onward.end(body);
    const [answer]: IncomingMessage[] = await once(onward, 'response');
    if (answer === undefined) throw new Error('A response comes with its event.');
    return answer;
  };

  /** Passes some of the documents on, and puts what became of all of them into one answer. */
  const refuseItems = async (incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) => {
    const actions = actionsOf(body.toString('utf8'));
    const refused = actions.map(() => random.chance(50));
    const passed = actions.filter((_action, n) => refused[n] !== true);
    let items: unknown[] = [];
    if (passed.length > 0) {
      const answer = await forward(incoming, Buffer.from(passed.map(({ text }) => text).join('')));
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      if (answer.statusCode !== 200) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
        return;
      }
      items = itemsOf(text);
    }
    const merged = actions.map(({ verb }, n) =>
      refused[n] === true
        ? { [verb]: { status: 429, error: { type: 'rejected_execution_exception', reason: 'by the front' } } }
        : items.shift(),
    );
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ errors: true, items: merged }));
  };

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The front has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    treat: (treatment, share, of) => {
      rule = treatment === null ? null : { treatment, share, of };
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Action {
  readonly verb: string;
  /** One line or two, with their ends. */
  readonly text: string;
}

function actionsOf(body: string): readonly Action[] {
  const lines = body.split('\n').filter((line) => line !== '');
  const actions: Action[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const head = lines[at] ?? '';
    const verb = /^\s*\{\s*"(\w+)"/.exec(head)?.[1] ?? '';
    if (verb === 'delete') actions.push({ verb, text: `${head}\n` });
    else {
      at += 1;
      actions.push({ verb, text: `${head}\n${lines[at] ?? ''}\n` });
    }
  }
  return actions;
}

function itemsOf(answer: string): unknown[] {
  const parsed: unknown = JSON.parse(answer);
  if (typeof parsed === 'object' && parsed !== null && 'items' in parsed && Array.isArray(parsed.items)) {
    return [...parsed.items];
  }
  throw new Error(`Not the answer of a bulk: ${answer.slice(0, 200)}`);
}
