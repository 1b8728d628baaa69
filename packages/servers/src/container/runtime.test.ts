import { expect, test } from 'vitest';
import { daemonAddresses, loadContainers } from './runtime.ts';

test('DOCKER_HOST is the only address where it is set', () => {
  expect(daemonAddresses({ DOCKER_HOST: 'unix:///run/my.sock' }, '/home/me', 1000)).toEqual([
    { socketPath: '/run/my.sock' },
  ]);
  expect(daemonAddresses({ DOCKER_HOST: 'tcp://build-host:2375' }, '/home/me', 1000)).toEqual([
    { host: 'build-host', port: 2375 },
  ]);
});

test('without it, the usual sockets of the user and of the system', () => {
  const paths = daemonAddresses({}, '/home/me', 1000).map(
    (address) => 'socketPath' in address && address.socketPath,
  );
  expect(paths).toContain('/var/run/docker.sock');
  expect(paths).toContain('/run/user/1000/podman/podman.sock');
  expect(paths).toContain('/home/me/.docker/run/docker.sock');
});

test('a daemon that nobody runs is found out at once', async () => {
  const started = performance.now();
  await expect(loadContainers({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).rejects.toThrow(
    'no container runtime answers',
  );
  expect(performance.now() - started).toBeLessThan(1_500);
});
