import type { Server } from '@sluice/servers';

interface Share {
  readonly server: Promise<Server>;
  users: number;
}

// Each vitest project loads its global setup apart from the others, with modules of its own: what they
// share has to hang on the process.
const key = Symbol.for('sluice.test.servers');
const shares: Map<string, Share> = Reflect.get(globalThis, key) ?? new Map();
Reflect.set(globalThis, key, shares);

/** The server called `name`, started by the first who asks. */
export async function acquire(name: string, start: () => Promise<Server>): Promise<Server> {
  let share = shares.get(name);
  if (share === undefined) {
    share = { server: start(), users: 0 };
    shares.set(name, share);
    const server = await share.server;
    process.stderr.write(`${name} ${server.version} (${server.origin})\n`);
  }
  share.users += 1;
  return await share.server;
}

/** Stops the server when the last who asked for it has released it. */
export async function release(name: string): Promise<void> {
  const share = shares.get(name);
  if (share === undefined) return;
  share.users -= 1;
  if (share.users > 0) return;
  shares.delete(name);
  const server = await share.server;
  await server.stop();
}
