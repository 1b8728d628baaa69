/** Where a server came from: somebody else's, named by URL; a container; or a child process of ours. */
export type Origin = 'given' | 'container' | 'embedded';

/** The order in which servers are looked for. */
export const everyOrigin: readonly Origin[] = ['given', 'container', 'embedded'];

/**
 * A running server. A server of origin `given` belongs to somebody else: `stop` leaves it alone, and
 * `restart`, `kill`, `pause` and `resume` throw SLUICE_SERVER_NOT_OWNED.
 *
 * A server that we started goes, with its data, when this process goes, however it goes.
 */
export interface Server extends AsyncDisposable {
  readonly origin: Origin;
  /** Stays the same across `restart`. */
  readonly url: string;
  /** As the server reports it: `18.4`, `3.4.0`. */
  readonly version: string;
  /** Ends the server and removes its data. Harmless when repeated. */
  stop(): Promise<void>;
  /** An orderly shutdown (or none, after `kill`) and a start on the same data and port; resolves when ready. */
  restart(): Promise<void>;
  /** SIGKILL, to every process of the server: what a power cut looks like. The data stays for `restart`. */
  kill(): Promise<void>;
  /** Freezes the server: its connections stay open and nothing answers. */
  pause(): Promise<void>;
  /** Ends `pause`. */
  resume(): Promise<void>;
  /** The last part of what the server wrote to its log; empty for a given one. */
  logs(): Promise<string>;
}

/** What starting any server takes. */
export interface ServerOptions {
  /** A server that runs already. It wins over everything else. */
  readonly url?: string | undefined;
  /** Where to look, in this order. Name `['container', 'embedded']` for a server of your own to kill. */
  readonly origins?: readonly Origin[] | undefined;
  /** The port on this machine; a free one by default. */
  readonly port?: number | undefined;
  /** Told, in a sentence, about whatever takes more than a moment, such as a download. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}
