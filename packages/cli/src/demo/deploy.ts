import type { Config } from '@oclif/core';
import { loadConfig } from '@sluice/core/config';
import { everyPart, openDeployment } from '../deployment.ts';
import { quietLogger } from '../log/quiet-logger.ts';
import { requireNoneStopped, runDeployment } from '../run/run-deployment.ts';
import type { Deploy } from './engine.ts';

/** Sluice as `sluice run` would start it, in this process. */
export function deployDemo(cli: Config): Deploy {
  return async ({ config: file, environment, stdout, observer, signal }) => {
    const config = await loadConfig({ cwd: process.cwd(), file, env: environment });
    await using deployment = await openDeployment(cli, config, {
      logger: quietLogger(),
      stdout,
      parts: everyPart,
    });
    requireNoneStopped(await runDeployment(deployment, { observers: [observer], signal }));
  };
}
