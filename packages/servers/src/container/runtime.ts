import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NotHere } from '../origins.ts';

/** Where a Docker-compatible daemon may listen. */
export type DaemonAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/**
 * The addresses to ask, in order: what `DOCKER_HOST` says and nothing else, or the usual sockets of
 * Docker, Docker Desktop, Colima, Rancher Desktop and Podman.
 */
export function daemonAddresses(environment: NodeJS.ProcessEnv, home: string, uid: number): DaemonAddress[] {
  const host = environment['DOCKER_HOST'];
  if (host) {
    if (host.startsWith('unix://')) return [{ socketPath: host.slice('unix://'.length) }];
    const { hostname, port, protocol } = new URL(host);
    // TLS and SSH need more than a ping; testcontainers knows how, we only need to know whether to load it.
    return protocol === 'tcp:' || protocol === 'http:'
      ? [{ host: hostname, port: Number(port || 2375) }]
      : [];
  }
  const runtime = environment['XDG_RUNTIME_DIR'] ?? `/run/user/${uid}`;
  return [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(home, '.docker/run/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
    join(runtime, 'podman/podman.sock'),
    '/run/podman/podman.sock',
  ].map((socketPath) => ({ socketPath }));
}

/**
 * The library that runs containers, loaded only where a daemon answers: it takes half a second to load and,
 * without a daemon, seconds to find out.
 *
 * @throws NotHere when no daemon answers within a second
 */
export async function loadContainers(
  environment: NodeJS.ProcessEnv,
): Promise<typeof import('testcontainers')> {
  for (const address of daemonAddresses(environment, homedir(), process.getuid?.() ?? 0)) {
    if ('socketPath' in address && !existsSync(address.socketPath)) continue;
    if (await answers(address)) return await import('testcontainers');
  }
  throw new NotHere('no container runtime answers');
}

function answers(address: DaemonAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ ...address, path: '/_ping', timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.on('close', () => resolve(false));
    asked.end();
  });
}
