import type { ServerHome, ServerProcess } from './server-process.ts';

/** What can be done to a server of ours that runs; stopping it removes its files too. */
export function serverControls(server: ServerProcess, home: ServerHome) {
  const stop = async () => {
    await server.kill();
    await home[Symbol.asyncDispose]();
  };
  return {
    stop,
    restart: async () => {
      await server.stop();
      await server.start();
    },
    kill: () => server.kill(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    logs: () => server.logs(),
    [Symbol.asyncDispose]: stop,
  };
}
