import { flush, run, settings } from '@oclif/core';
import { wantsJson } from './output/json-flag.ts';
import { reportError } from './output/report-error.ts';

/** How long forgotten sockets may keep the process after its command is over, in ms. */
const lingerLimit = 2_000;

/**
 * Runs one command line and sets `process.exitCode`; never rejects. Every error of every command
 * ends here: as text on stderr, or as the error envelope on stdout with `--json`.
 *
 * @param root file URL inside the package, where oclif finds its package.json
 */
export async function main(argv: readonly string[], root: string): Promise<void> {
  // Commands are the compiled ones, always: oclif would otherwise look for TypeScript sources.
  settings.enableAutoTranspile = false;
  try {
    await run([...argv], root);
    await flush();
  } catch (error) {
    process.exitCode = reportError(error, {
      json: wantsJson(argv, process.env),
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
    });
  }
  setTimeout(() => process.exit(), lingerLimit).unref();
}
