/**
 * Whether this command line asks for the JSON envelope. Read from the raw arguments, because the
 * errors of parsing them must come in the envelope too.
 */
export function wantsJson(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  if (own.includes('--no-json')) return false;
  return own.includes('--json') || isTruthy(env['SLUICE_JSON']);
}

/** What counts as yes in a `SLUICE_*` variable of a switch. */
export function isTruthy(value: string | undefined): boolean {
  return value !== undefined && ['1', 'true', 'yes', 'y', 'on'].includes(value.toLowerCase());
}
