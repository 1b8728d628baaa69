import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** npm ended with an error, or could not be started. */
export interface NpmFailure {
  /** npm's own: `E404`, `ETARGET`, `ECONNREFUSED`; null where it named none. */
  readonly code: string | null;
  /** What npm said, in one line, without its prefixes. */
  readonly message: string;
}

/**
 * Runs npm in a directory, with the user's npm settings (registry, credentials, proxy). Resolves to
 * null when it succeeded. What it writes is shown to nobody: stdout belongs to the command's result.
 */
export function runNpm(args: readonly string[], cwd: string): Promise<NpmFailure | null> {
  const { file, before } = npmProgram(process.execPath);
  return new Promise((resolve) => {
    const child = spawn(file, [...before, ...args], {
      cwd,
      env: npmEnvironment(process.env),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', (error) => {
      resolve({ code: 'code' in error ? String(error.code) : null, message: `npm: ${error.message}` });
    });
    child.once('close', (exit, signal) => {
      resolve(exit === 0 ? null : readFailure(errors, signal ?? `exit code ${exit}`));
    });
  });
}

/** Sluice's own and libpq's, which no package needs to install itself. */
const ours = /^(?:SLUICE_|PG[A-Z]+$|OPENSEARCH_|DATABASE_URL$)/i;
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]+@/i;

/**
 * The environment without what leads to the source or a sink: installing a package runs its scripts and those
 * of whatever it depends on. All else stays, since an .npmrc may name any variable for a registry's token.
 */
export function npmEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value = '']) =>
        !ours.test(name) && (/_proxy$|^npm_config_/i.test(name) || !urlWithPassword.test(value)),
    ),
  );
}

/** What npm's error output says. `ending`: how the process ended, for when it says nothing. */
export function readFailure(output: string, ending: string): NpmFailure {
  const lines = output.split('\n').flatMap((line) => {
    const [, text] = /^npm (?:error|ERR!) ?(.*)$/.exec(line.trimEnd()) ?? [];
    return text === undefined ? [] : [text];
  });
  const code = lines.map((line) => /^code (\S+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  const advice = lines.findIndex((line) =>
    /^ +at |Note that|In most cases|This is related|complete log/.test(line),
  );
  const said = lines
    .slice(0, advice === -1 ? lines.length : advice)
    .filter((line) => !/^(?:code|errno|syscall|path|dest) /.test(line))
    .map((line) => line.replace(/^(?:404|notarget|network|enoent|ERESOLVE) */, '').trim())
    .filter((line) => line !== '');
  return { code: code ?? null, message: said.slice(0, 4).join(' ') || `npm ended with ${ending}` };
}

/** The npm that came with this Node where it is beside it, as it must be on Windows; else that of the PATH. */
function npmProgram(node: string): { readonly file: string; readonly before: readonly string[] } {
  const beside = [
    join(dirname(node), 'node_modules/npm/bin/npm-cli.js'),
    join(dirname(node), '../lib/node_modules/npm/bin/npm-cli.js'),
  ].find((file) => existsSync(file));
  return beside === undefined ? { file: 'npm', before: [] } : { file: node, before: [beside] };
}
