import { text } from 'node:stream/consumers';
import type { StartedTestContainer } from 'testcontainers';
import type { Server } from '../server.ts';
import { untilReady } from '../until-ready.ts';

/** What a container's server is made of. */
export interface ContainerServer {
  readonly container: StartedTestContainer;
  readonly url: string;
  /** The server's version; rejects until it answers. */
  readonly probe: () => Promise<string>;
}

const bootDeadlineMs = 120_000;

/**
 * A handle for a started container. Its port was chosen by us, not by the daemon, which would give it
 * another at each start. testcontainers' own reaper removes it should this process die.
 */
export async function containerServer({ container, url, probe }: ContainerServer): Promise<Server> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const control = client.container.getById(container.getId());
  const ready = () => untilReady({ probe, ended: () => undefined, deadlineMs: bootDeadlineMs });
  const isRunning = async () => (await control.inspect()).State.Running;
  const stop = async () => void (await container.stop({ remove: true, removeVolumes: true }));
  try {
    const version = await ready();
    return {
      origin: 'container',
      url,
      version,
      stop,
      restart: async () => {
        if (await isRunning()) await control.stop({ t: 30 });
        await control.start();
        await ready();
      },
      kill: async () => {
        if (await isRunning()) await control.kill({ signal: 'SIGKILL' });
        await control.wait();
      },
      pause: async () => void (await control.pause()),
      resume: async () => void (await control.unpause()),
      logs: async () => await text(await client.container.logs(control, { tail: 200 })),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
