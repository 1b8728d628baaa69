import type { Hook } from '@oclif/core';
import { SluiceError } from '@sluice/core';

/** A mistyped command: a usage error that names the nearest one. Never asks, never guesses. */
const hook: Hook.CommandNotFound = async (options) => {
  const { suggest } = await import('@sluice/core/config');
  const known = options.config.commands.filter((command) => command.hidden !== true);
  const ids = known.flatMap((command) => [command.id, ...command.aliases]).map(spoken);
  const near = suggest(spoken(options.id), ids);
  const { bin } = options.config;
  const command = known.find(({ id }) => options.id.startsWith(`${id}:`));
  if (near === null && command !== undefined && Object.keys(command.args).length === 0) {
    throw new SluiceError('SLUICE_USAGE', `\`${bin} ${spoken(command.id)}\` takes no arguments.`, {
      hint: `It was given: ${spoken(options.id.slice(command.id.length + 1))}`,
    });
  }
  throw new SluiceError('SLUICE_USAGE', `"${spoken(options.id)}" is not a command of ${bin}.`, {
    hint: near === null ? `See ${bin} --help for all of them.` : `Did you mean "${bin} ${near}"?`,
  });
};

function spoken(id: string): string {
  return id.replaceAll(':', ' ');
}

export default hook;
