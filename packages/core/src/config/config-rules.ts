import type { SourcePath } from '../contracts/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { autoCapture, autoCaptures } from './auto-capture.ts';
import { indexNameProblem, prefixProblem, sinkNameProblem } from './index-name.ts';
import type { OptionProblem } from './option-problems.ts';
import { isJson, isMapping, leaves, type Mapping, pathText } from './plain-data.ts';
import { suggestionHint } from './suggest.ts';
import { parseByteSize, parseDuration } from './units.ts';
import type { EntryPart } from './yaml.ts';

/** Keys of a plugin's mapping that are not the plugin's options. */
export const hostKeys = new Set(['plugin', 'required']);

/**
 * What the form alone cannot say: names, references between keys, and what this version does not
 * have yet. Takes any data, so that these are reported beside mistakes in the form.
 */
export function ruleProblems(config: unknown): readonly OptionProblem[] {
  const root = mapping(config);
  const source = mapping(root['source']);
  return [
    ...connectionProblems(source['connection']),
    ...captureProblems(source['capture']),
    ...sinksProblems(mapping(root['sinks'])),
    ...indexesProblems(root),
    ...prefixProblems(root['prefix']),
    ...dataProblems(root),
    ...limitProblems(source['limits']),
    ...serverProblems(root['server']),
  ];
}

function connectionProblems(connection: unknown): readonly OptionProblem[] {
  if (typeof connection !== 'string' || connection === '' || /^postgres(?:ql)?:\/\//.test(connection))
    return [];
  return [
    problem(
      ['source', 'connection'],
      '`source.connection` is not a URL that begins with postgres:// or postgresql://.',
      'Write postgres://user:password@host:5432/database, or give host, port, user, password and database.',
    ),
  ];
}

/** `auto` is no plugin: beside it stand the options of the plugins that it chooses from, by their names. */
function captureProblems(capture: unknown): readonly OptionProblem[] {
  if (!isMapping(capture) || capture['plugin'] !== autoCapture) return [];
  return Object.entries(capture).flatMap(([key, options]): readonly OptionProblem[] => {
    const path: SourcePath = ['source', 'capture', key];
    if (hostKeys.has(key)) return [];
    if (!autoCaptures.some((name) => name === key)) {
      const message = `\`source.capture\` has no key \`${key}\` with \`plugin: auto\`; options stand under the plugin that they are for.`;
      return [problem(path, message, suggestionHint(key, autoCaptures), 'SLUICE_CONFIG_INVALID', 'key')];
    }
    if (isMapping(options)) return [];
    const example = `Write the options of \`${key}\` under it, or leave it out.`;
    return [problem(path, `\`${pathText(path)}\` must be a mapping.`, example)];
  });
}

function sinksProblems(sinks: Mapping): readonly OptionProblem[] {
  return Object.keys(sinks).flatMap((name) =>
    nameProblem(['sinks', name], 'sink', name, sinkNameProblem(name)),
  );
}

function indexesProblems(root: Mapping): readonly OptionProblem[] {
  const prefix = typeof root['prefix'] === 'string' ? root['prefix'] : '';
  const sinks = Object.keys(mapping(root['sinks']));
  const indexes = mapping(root['indexes']);
  const names = Object.keys(indexes);
  if (isMapping(root['indexes']) && names.length === 0) {
    return [problem(['indexes'], '`indexes` is empty.', 'Name at least one index with its schema file.')];
  }
  return names.flatMap((name) => [
    ...nameProblem(['indexes', name], 'index', name, indexNameProblem(name, prefix)),
    ...indexProblems(name, mapping(indexes[name]), sinks),
  ]);
}

function indexProblems(name: string, index: Mapping, sinks: readonly string[]): readonly OptionProblem[] {
  const found: OptionProblem[] = [];
  const chosen: readonly unknown[] = Array.isArray(index['sinks']) ? index['sinks'] : [];
  for (const [position, sink] of chosen.entries()) {
    if (typeof sink !== 'string') continue;
    const path: SourcePath = ['indexes', name, 'sinks', position];
    if (!sinks.includes(sink)) {
      const hint =
        sinks.length === 0
          ? 'The configuration has no `sinks`: add it there, or leave `sinks` out of the index for stdout.'
          : suggestionHint(sink, sinks);
      found.push(
        problem(path, `\`${pathText(path)}\` names the sink \`${sink}\`, which does not exist.`, hint),
      );
    } else if (chosen.indexOf(sink) < position) {
      found.push(
        problem(path, `\`${pathText(path)}\` names the sink \`${sink}\` a second time.`, 'Remove it.'),
      );
    }
  }
  return found;
}

function prefixProblems(prefix: unknown): readonly OptionProblem[] {
  if (typeof prefix !== 'string') return [];
  const reason = prefixProblem(prefix);
  return reason === null ? [] : [problem(['prefix'], `The prefix \`${prefix}\` ${reason}.`)];
}

/** Options go to plugins as JSON. */
function dataProblems(root: Mapping): readonly OptionProblem[] {
  const found: OptionProblem[] = [];
  for (const [path, value] of leaves(root)) {
    if (isJson(value)) continue;
    const name = pathText(path);
    if (typeof value === 'bigint') {
      found.push(problem(path, `\`${name}\` is too large for a number.`, 'Put quotes around it.'));
    } else {
      const hint = 'Only text, numbers, booleans, lists and mappings can stand here.';
      found.push(problem(path, `\`${name}\` is not plain data.`, hint));
    }
  }
  return found;
}

/** A warning that comes after the limit is none. */
function limitProblems(limits: unknown): readonly OptionProblem[] {
  const given = mapping(limits);
  const pairs = [
    ['warn_bytes', 'max_bytes', parseByteSize],
    ['warn_age', 'max_age', parseDuration],
  ] as const;
  return pairs.flatMap(([warn, most, parse]) => {
    const [early, late] = [given[warn], given[most]].map((text) =>
      typeof text === 'string' ? parse(text) : null,
    );
    if (early == null || late == null || early <= late) return [];
    const message = `\`source.limits.${warn}\` is more than \`source.limits.${most}\`.`;
    return [problem(['source', 'limits', warn], message, 'Warn before the limit is reached.')];
  });
}

/** Whoever reaches the private port can rebuild indexes: it has no default token. */
function serverProblems(server: unknown): readonly OptionProblem[] {
  const given = mapping(server);
  const has = (key: string) => given[key] !== undefined && given[key] !== null;
  if (has('private') && !has('token')) {
    const message = '`server.private` needs `server.token`: without one the port is not opened.';
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a user is to write
    const hint = 'Write `token: ${SLUICE_TOKEN}`, and 16 random characters or more into that variable.';
    return [problem(['server', 'private'], message, hint)];
  }
  if (has('token') && !has('private')) {
    const message = '`server.token` is for `server.private`, which is not there.';
    return [
      problem(
        ['server', 'token'],
        message,
        'Add `private: 127.0.0.1:9465`, or remove the token.',
        'SLUICE_CONFIG_INVALID',
        'key',
      ),
    ];
  }
  return [];
}

function nameProblem(
  path: SourcePath,
  kind: string,
  name: string,
  reason: string | null,
): readonly OptionProblem[] {
  if (reason === null) return [];
  return [
    problem(
      path,
      `The ${kind} name \`${name}\` ${reason}.`,
      `Rename the ${kind}.`,
      'SLUICE_CONFIG_INVALID',
      'key',
    ),
  ];
}

function problem(
  path: SourcePath,
  message: string,
  hint?: string,
  code: ErrorCode = 'SLUICE_CONFIG_INVALID',
  part: EntryPart = 'value',
): OptionProblem {
  return { path, part, code, message, hint };
}

function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}
