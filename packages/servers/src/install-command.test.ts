import { expect, test } from 'vitest';
import { installCommand } from './install-command.ts';

const debian = { platform: 'linux', isRoot: true, hasApt: true } as const;

test.each([
  [debian, { java: 11 }, 'apt-get install --yes --no-install-recommends default-jre-headless maven'],
  [debian, {}, 'apt-get install --yes --no-install-recommends maven'],
  [
    { ...debian, isRoot: false },
    { java: 21 },
    'sudo apt-get install --yes --no-install-recommends openjdk-21-jre-headless maven',
  ],
  [{ ...debian, platform: 'darwin', hasApt: false }, { java: 11 }, 'brew install openjdk maven'],
  [
    { ...debian, hasApt: false },
    { java: 11 },
    'Install Java 11 or newer and Maven, or set SLUICE_TEST_OPENSEARCH_URL',
  ],
] as const)('on %j, for %j: %s', (machine, wanted, command) => {
  expect(installCommand(machine, wanted)).toBe(command);
});
