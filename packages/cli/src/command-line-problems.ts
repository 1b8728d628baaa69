import { isSluiceError, SluiceError } from '@sluice/core';

/** oclif's flags, structurally. */
type FlagDefinitions = Readonly<
  Record<string, { readonly type: string; readonly env?: string | undefined } | undefined>
>;

/** What oclif takes for yes and no. */
const words = new Set(['1', 'true', 'y', 'yes', '0', 'false', 'n', 'no', '']);

/** The first variable of a boolean flag that says neither yes nor no; null where there is none. */
export function booleanVariableProblem(
  flags: FlagDefinitions,
  env: Readonly<Record<string, string | undefined>>,
): SluiceError | null {
  for (const flag of Object.values(flags)) {
    const name = flag?.type === 'boolean' ? flag.env : undefined;
    const value = name === undefined ? undefined : env[name];
    if (name === undefined || value === undefined) continue;
    if (words.has(value.toLowerCase())) continue;
    return new SluiceError('SLUICE_USAGE', `The variable ${name} is neither true nor false.`, {
      hint: 'Write true or false, or unset it.',
    });
  }
  return null;
}

interface CommandDefinition {
  readonly id: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** oclif's "Unexpected argument" of a command that takes none, in words that say so; null for any other error. */
export function withoutArguments(error: Error, { id, args }: CommandDefinition): SluiceError | null {
  if (!/^Unexpected arguments?:/.test(error.message) || Object.keys(args).length > 0) return null;
  return new SluiceError('SLUICE_USAGE', `\`sluice ${id.replaceAll(':', ' ')}\` takes no arguments.`, {
    hint: 'Add --help to see what the command takes.',
    cause: error,
  });
}

/** oclif wraps what a flag's parser says of a value in its own words; null for any other error. */
export function flagValueProblem(error: Error): SluiceError | null {
  if (!isSluiceError(error)) return null;
  const [, flag, said] = /^Parsing (--\S+) \n\t(.*)\nSee more help with --help$/s.exec(error.message) ?? [];
  if (flag === undefined || said === undefined) return null;
  const { code, hint, cause } = error;
  return new SluiceError(code, `${flag}: ${said}`, { ...(hint === undefined ? {} : { hint }), cause });
}
