import { Socket } from 'node:net';
import { formatLsn, type Lsn, parseLsn, quoteIdentifier } from '@sluice/postgres';
import type { Client, ClientConfig } from 'pg';
import { LogicalReplicationService } from 'pg-logical-replication';

export interface TransportOptions {
  readonly client: ClientConfig;
  readonly slot: string;
  readonly publication: string;
  /** Acknowledged so far: the server begins here, or at the slot's own position if that is later. */
  readonly start: Lsn;
  /** One pgoutput message. Its memory is reused after the call. Must not throw. */
  readonly onMessage: (message: Buffer) => void;
  readonly onKeepalive: (position: Lsn) => void;
  /** Once, when the connection is over without `close`. */
  readonly onEnd: (error: unknown) => void;
}

/** One connection that streams one slot. */
export interface Transport {
  /** Tells the server that everything before `position` is durable; `ask`: have it answer. */
  report(position: Lsn, ask: 'answer' | 'no-answer'): void;
  pause(): void;
  resume(): void;
  /** The server's process; null where it did not say. */
  readonly pid: number | null;
  /** Ends the connection, whatever state it is in; bounded in time. */
  close(): Promise<void>;
}

interface Pausable {
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

const closeDeadline = 2000;

/**
 * pg-logical-replication as transport alone: its decoder, its timer and its acknowledging of what was
 * merely received are switched off. A service object is good for one connection: a second one on it
 * would begin where the first one had *received*. Rejects with node-postgres' error.
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const stream = () => {
    const made = new Socket();
    made.once('connect', () => silenceErrors(service));
    return made;
  };
  const service = new LogicalReplicationService(
    { ...options.client, stream },
    { acknowledge: { auto: false, timeoutSeconds: 0 } },
  );
  let socket: Pausable | undefined;
  let closing = false;
  let pid: number | null = null;
  const plugin = {
    name: 'pgoutput',
    options: {},
    start: (client: Client) => {
      socket = socketOf(client);
      const process: unknown = Reflect.get(client, 'processID');
      pid = typeof process === 'number' ? process : null;
      return client.query(startCommand(options));
    },
    parse: (message: Buffer) => message,
  };
  service.on('data', (_lsn: string, message: Buffer) => {
    if (!closing) options.onMessage(message);
  });
  service.on('heartbeat', (lsn) => {
    if (!closing) options.onKeepalive(parseLsn(lsn));
  });
  // Repeats what rejects the subscription; without a listener it would throw.
  service.on('error', () => undefined);

  const started = new Promise<void>((resolve) => service.on('start', resolve));
  const ended = service.subscribe(plugin, options.slot).then(
    () => new Error('Connection terminated: the server ended the stream'),
    (error: unknown) => error,
  );
  const failure = await Promise.race([started, ended.then((error) => ({ error }))]);
  if (failure !== undefined) {
    await stop(service, socket);
    throw failure.error;
  }
  void ended.then((error) => {
    if (!closing) options.onEnd(error);
  });

  return {
    pid,
    report(position, ask) {
      // The library adds one to what it is given, and the server would skip a transaction that
      // begins where the acknowledged one ended.
      if (position > 0n) void service.acknowledge(formatLsn(position - 1n), ask === 'answer');
    },
    pause: () => void socket?.pause(),
    resume: () => void socket?.resume(),
    async close() {
      closing = true;
      await stop(service, socket);
    },
  };
}

/**
 * The library listens to its client only some moments after it is connected: a server that ends the session
 * in between, as `pg_terminate_backend` does, would end the process. The first query reports it as well.
 */
function silenceErrors(service: LogicalReplicationService): void {
  const client: unknown = Reflect.get(service, '_client');
  const listen: unknown =
    typeof client === 'object' && client !== null ? Reflect.get(client, 'on') : undefined;
  if (typeof listen !== 'function')
    throw new TypeError('The replication service has no client to listen to.');
  Reflect.apply(listen, client, ['error', () => undefined]);
}

function startCommand({ slot, publication, start }: TransportOptions): string {
  const names = quoteIdentifier(publication).replaceAll("'", "''");
  // `messages` makes a barrier arrive by itself, as a transaction of its own.
  return (
    `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${formatLsn(start)} ` +
    `(proto_version '1', publication_names '${names}', messages 'true')`
  );
}

async function stop(service: LogicalReplicationService, socket: Pausable | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      socket?.destroy();
      resolve();
    }, closeDeadline);
  });
  await Promise.race([service.destroy().catch(() => undefined), deadline]);
  clearTimeout(timer);
}

/** The client's socket, which its types do not show: pausing it is the back-pressure. */
function socketOf(client: object): Pausable {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown =
    typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'stream') : undefined;
  if (!isSocket(stream)) throw new TypeError('The replication connection has no socket that can be paused.');
  return stream;
}

function isSocket(value: unknown): value is Pausable {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['pause', 'resume', 'destroy'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
