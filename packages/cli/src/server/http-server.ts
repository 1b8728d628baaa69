import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ErrorCode, SluiceError } from '@sluice/core';
import { formatAddress, type ListenAddress } from '@sluice/core/config';
import { describeError } from '../output/describe-error.ts';
import { errorEnvelope } from '../output/envelope.ts';
import { withoutSecrets } from '../output/hidden-secrets.ts';
import { isAllowedHost } from './allowed-host.ts';

/** What a handler answers with. */
export interface Answer {
  readonly status: number;
  /** JSON where it is an object, text otherwise. */
  readonly body: object | string;
  readonly type?: string;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborts when the asker is gone, or the server ends. */
  readonly signal: AbortSignal;
  readonly authorization: string | undefined;
}

export interface HttpServerOptions {
  readonly address: ListenAddress;
  /** Names under which it may be asked, beside addresses and localhost. */
  readonly hosts: readonly string[];
  /** null: there is no such resource. */
  readonly handle: (request: Request) => Promise<Answer | null>;
  /** Hears of what a handler threw, and told nobody else of. */
  readonly onError: (error: unknown) => void;
}

/** A request is small: none of them has a body that says anything. */
const limits = { bodyBytes: 16 * 1024, headersMs: 10_000, requestMs: 15_000 };

/** Listens until it is disposed of; every connection ends then. */
export class HttpServer implements AsyncDisposable {
  /** Where it listens. */
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #over: AbortController;

  private constructor(server: Server, address: ListenAddress, over: AbortController) {
    this.#server = server;
    this.address = address;
    this.#over = over;
  }

  /** @throws SLUICE_HTTP_LISTEN where the address cannot be listened on */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const over = new AbortController();
    const server = createServer({
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    });
    server.maxConnections = 256;
    server.on('request', (request, response) => {
      answer(request, response, options, over.signal).catch((error: unknown) => {
        // Whoever went before the request was whole: nobody is there to be answered, and it is no error of ours.
        if (!request.complete && request.destroyed) return;
        options.onError(error);
        send(response, refusal(500, 'internal error', 'SLUICE_INTERNAL'));
      });
    });
    const { host, port } = options.address;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SluiceError(
        'SLUICE_HTTP_LISTEN',
        `The HTTP server cannot listen on ${formatAddress(options.address)}: ${reason}.`,
        {
          hint: 'Another process may have the port, or the address is not one of this machine: change `server` in the configuration.',
          cause: error,
        },
      );
    });
    server.on('error', options.onError);
    const bound = server.address();
    const listening = typeof bound === 'object' && bound !== null ? bound.port : port;
    return new HttpServer(server, { host, port: listening }, over);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new Error('The server is ending.'));
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), 1_000);
    await closed;
    clearTimeout(late);
  }
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  { hosts, address, handle }: HttpServerOptions,
  over: AbortSignal,
): Promise<void> {
  // A page of any origin can have its name lead to this address: it asks under its own name then.
  if (!isAllowedHost(incoming.headers.host, [address.host, ...hosts])) {
    send(response, refusal(421, 'this server is not asked under that name'));
    return;
  }
  if (!(await drained(incoming))) {
    send(response, refusal(413, 'the request is too large'));
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('The asker is gone.')));
  const url = urlOf(incoming.url ?? '/');
  if (url === null) {
    send(response, refusal(400, 'the path cannot be read'));
    return;
  }
  const found = await handle({
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    signal: AbortSignal.any([gone.signal, over]),
    authorization: incoming.headers.authorization,
  });
  send(response, found ?? refusal(404, 'there is no such resource'));
}

/** An error in the envelope of `--json`. */
export function refusal(status: number, message: string, code: ErrorCode = 'SLUICE_USAGE'): Answer {
  return { status, body: errorEnvelope(describeError(new SluiceError(code, message))) };
}

/** null for what nobody asks by mistake: it is no error of ours, and fills no log. */
function urlOf(path: string): URL | null {
  try {
    return new URL(path, 'http://server');
  } catch {
    return null;
  }
}

/** Reads the body and throws it away. False where it is too large. */
async function drained(incoming: IncomingMessage): Promise<boolean> {
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += Buffer.isBuffer(chunk) ? chunk.length : 0;
    if (bytes > limits.bodyBytes) return false;
  }
  return true;
}

function send(response: ServerResponse, { status, body, type }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, withoutSecretsIn)}\n`;
  const plain = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, {
    'content-type': type ?? plain,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}

/** A status tells why a server is waited for, in the words of whoever failed. */
function withoutSecretsIn(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? withoutSecrets(value) : value;
}
