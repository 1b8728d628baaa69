// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import type { SourcePath } from '../contracts/index.ts';
import type { OptionProblem } from './option-problems.ts';
import { isMapping, pathText } from './plain-data.ts';
import { suggest } from './suggest.ts';

/** The variables of a process, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `fail`: a variable that is not set is a problem. `keep`: its reference stays as written. */
export type UnsetVariables = 'fail' | 'keep';

export interface ResolvedReferences {
  /** The same data with every reference resolved. */
  readonly value: unknown;
  /** Texts that held a reference which was resolved. */
  readonly resolved: readonly SourcePath[];
  /** Texts with a reference that could not be resolved: left as written. */
  readonly unresolved: readonly SourcePath[];
  readonly problems: readonly OptionProblem[];
}

/** `$${` (a literal `${`), a whole reference, or one that is not closed. */
const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const form = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Resolves `${NAME}` and `${NAME:-default}` anywhere in the texts of a configuration (never in its
 * keys); the default also takes the place of an empty variable. `$${` is a literal `${`. What a
 * variable holds is not looked into again.
 */
export function resolveReferences(
  value: unknown,
  env: Environment,
  unset: UnsetVariables = 'fail',
): ResolvedReferences {
  const resolved: SourcePath[] = [];
  const unresolved: SourcePath[] = [];
  const problems: OptionProblem[] = [];

  const walk = (node: unknown, path: SourcePath): unknown => {
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]));
    if (isMapping(node)) {
      return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]));
    }
    return typeof node === 'string' && node.includes('${') ? text(node, path) : node;
  };

  const text = (written: string, path: SourcePath): string => {
    const found: OptionProblem[] = [];
    let kept = false;
    let used = false;
    const result = written.replace(reference, (match, body: string | undefined) => {
      if (match === '$${') return '${';
      const [, name, fallback] = form.exec(body ?? '') ?? [];
      if (name === undefined) {
        found.push(malformed(match, path));
        return match;
      }
      const held = env[name];
      const taken = fallback !== undefined && (held === undefined || held === '') ? fallback : held;
      if (taken !== undefined) {
        used = true;
        return taken;
      }
      kept = true;
      if (unset === 'fail') found.push(missing(name, path, env));
      return match;
    });
    if (found.length === 0 && !kept) {
      if (used) resolved.push(path);
      return result;
    }
    problems.push(...found);
    unresolved.push(path);
    return written;
  };

  return { value: walk(value, []), resolved, unresolved, problems };
}

function missing(name: string, path: SourcePath, env: Environment): OptionProblem {
  const near = suggest(
    name,
    Object.keys(env).filter((candidate) => env[candidate] !== undefined),
  );
  return {
    path,
    part: 'value',
    code: 'SLUICE_CONFIG_ENV',
    message: `\`${pathText(path)}\` needs the environment variable ${name}, which is not set.`,
    hint:
      near === null
        ? `Set ${name}, or give a default: \${${name}:-…}.`
        : `Set ${name} (${near} is set: is that the one you mean?), or give a default: \${${name}:-…}.`,
  };
}

function malformed(match: string, path: SourcePath): OptionProblem {
  return {
    path,
    part: 'value',
    code: 'SLUICE_CONFIG_ENV',
    message: `\`${pathText(path)}\` holds \`${match}\`, which is not a reference to an environment variable.`,
    hint: 'Write ${NAME} or ${NAME:-default}; for a literal ${ write $${.',
  };
}
