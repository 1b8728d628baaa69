import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What the network between a client and a server does:
 * - `forward`: what it should;
 * - `refuse`: nobody listens; connections that are open go on;
 * - `blackhole`: connections stay open, and are accepted, but nothing arrives on either side: a pulled cable,
 *   a firewall that forgot the connection. What was sent meanwhile arrives on the way back to `forward`.
 */
export type Weather = 'forward' | 'refuse' | 'blackhole';

/** Picks connections by the first bytes that the client sent, one character for each; default: all. */
export type Which = (opening: string) => boolean;

/** Bytes of an opening that are kept: enough for the start-up message of Postgres. */
const openingBytes = 1_000;

/** A TCP proxy in front of one server, under the test's control. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** `url`, which leads to the server, made to lead through the proxy. */
  through(url: string): string;
  set(weather: Weather): Promise<void>;
  /** New connections lead to the host and port of another server's URL. */
  lead(target: string): void;
  /** From now on each piece of data takes this long in either direction; order is kept. */
  delay(milliseconds: number): void;
  /** Resets open connections, as a restarting load balancer does. New ones are not affected. */
  cut(which?: Which): void;
  /**
   * Closes the client's side of open connections and leaves the server's side open: the server believes
   * that its client is still there.
   */
  halfOpen(which?: Which): void;
  /**
   * Connections that are open now stay open and carry nothing any more, ever; new ones are not affected: a
   * firewall that forgot them.
   */
  forget(which?: Which): void;
  /** Connections open now. */
  readonly connections: number;
  /** Bytes that came from the server so far. */
  readonly received: number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  opening: string;
  forgotten: boolean;
}

/** Listens on a free port and forwards to the host and port of `target`, a URL. */
export async function startProxy(target: string): Promise<TcpProxy> {
  let upstream = new URL(target);
  const pairs = new Set<Pair>();
  const orphans = new Set<Socket>();
  let weather: Weather = 'forward';
  let delayMs = 0;
  let received = 0;
  let changed = newSignal();

  /** Holds data for as long as the weather says. */
  const passage = (pair: Pair, count: (bytes: number) => void) =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const pass = async () => {
          if (delayMs > 0) await delay(delayMs);
          while (weather === 'blackhole' || (pair.forgotten && pairs.has(pair))) await changed.promise;
          count(chunk.length);
          return chunk;
        };
        pass().then((data) => done(null, data), done);
      },
    });

  const listener = createServer((client) => {
    const server = connect(Number(upstream.port), upstream.hostname);
    const pair: Pair = { client, server, opening: '', forgotten: false };
    pairs.add(pair);
    const end = (ended: Socket) => {
      ended.destroy();
      // Whoever is left of a forgotten connection is not told either.
      if (pair.forgotten && !(client.destroyed && server.destroyed)) return;
      pairs.delete(pair);
      client.destroy();
      if (!orphans.has(server)) server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => end(socket));
      socket.on('close', () => end(socket));
    }
    client.on('data', (chunk: Buffer) => {
      if (pair.opening.length < openingBytes) pair.opening += chunk.toString('latin1', 0, openingBytes);
    });
    client.pipe(passage(pair, () => {})).pipe(server);
    server
      .pipe(
        passage(pair, (bytes) => {
          received += bytes;
        }),
      )
      .pipe(client);
  });
  const listen = async (at: number) => {
    listener.listen(at, '127.0.0.1');
    await once(listener, 'listening');
  };
  await listen(0);
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const { port } = address;

  const chosen = (which: Which = () => true) => [...pairs].filter(({ opening }) => which(opening));
  const close = async () => {
    weather = 'forward';
    changed.resolve();
    if (listener.listening) listener.close();
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    for (const socket of orphans) socket.destroy();
    pairs.clear();
  };
  return {
    port,
    through: (url) => {
      const changedUrl = new URL(url);
      changedUrl.hostname = '127.0.0.1';
      changedUrl.port = String(port);
      return changedUrl.href;
    },
    set: async (next) => {
      weather = next;
      const before = changed;
      changed = newSignal();
      before.resolve();
      if (next === 'refuse') listener.close();
      else if (!listener.listening) await listen(port);
    },
    lead: (next) => {
      upstream = new URL(next);
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
    cut: (which) => {
      for (const { client, server } of chosen(which)) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      }
    },
    halfOpen: (which) => {
      for (const { client, server } of chosen(which)) {
        orphans.add(server);
        server.unpipe();
        server.resume();
        client.resetAndDestroy();
      }
    },
    forget: (which) => {
      for (const pair of chosen(which)) pair.forgotten = true;
    },
    get connections() {
      return pairs.size;
    },
    get received() {
      return received;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Signal {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function newSignal(): Signal {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
