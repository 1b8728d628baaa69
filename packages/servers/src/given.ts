import { SluiceError } from '@sluice/core';
import type { Server } from './server.ts';

/** A handle for a server that somebody else runs: it is used, never controlled. */
export function givenServer(what: string, url: string, version: string): Server {
  const refuse = (action: string) => async (): Promise<never> => {
    throw new SluiceError(
      'SLUICE_SERVER_NOT_OWNED',
      `Cannot ${action} the ${what} at a given URL: it is not ours.`,
      {
        hint: "Ask for a server of your own: origins: ['container', 'embedded'].",
      },
    );
  };
  return {
    origin: 'given',
    url,
    version,
    stop: async () => {},
    restart: refuse('restart'),
    kill: refuse('kill'),
    pause: refuse('pause'),
    resume: refuse('resume'),
    logs: async () => '',
    [Symbol.asyncDispose]: async () => {},
  };
}
