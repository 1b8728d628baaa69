import type { JsonObject, SourcePath } from '../contracts/index.ts';
import type { FileDiagnostic } from '../errors/index.ts';
import { collectDiagnostics } from './collect-diagnostics.ts';
import type { ConfigDocument } from './config-document.ts';
import { configHint } from './config-hints.ts';
import { hostKeys, ruleProblems } from './config-rules.ts';
import { type ConfigInput, configShape } from './config-shape.ts';
import { connectionConfig } from './connection-shape.ts';
import { diagnosticsError } from './diagnostics.ts';
import { type Environment, resolveReferences, type UnsetVariables } from './env-references.ts';
import { leafIssues } from './leaf-issues.ts';
import { inputSchemaOf, type OptionProblem, optionProblems } from './option-problems.ts';
import { isMapping, jsonMapping, type Mapping, pathText, replaceAt, valueAt } from './plain-data.ts';
import { readScalars } from './read-scalars.ts';
import type { ReadSchema, SchemaReader } from './read-schemas.ts';
import { serverConfig, sourceLimits } from './run-settings.ts';
import { asWritten, createRedactor, findSecrets, findSecretsInText } from './secrets.ts';
import type { IndexConfig, LoadedConfig, PluginReference, SinkConfig } from './types.ts';
import { unprintable } from './unprintable.ts';
import { writtenOptions } from './written-options.ts';

export interface ResolveOptions {
  readonly env: Environment;
  readonly unset: UnsetVariables;
  readonly readSchema: SchemaReader;
}

/**
 * From a configuration's data to a configuration that can be run: references to the environment
 * resolved, form and rules checked, schemas read and parsed.
 *
 * @throws one error with every diagnostic of the file and of all schemas.
 */
export async function resolveConfig(
  document: ConfigDocument,
  { env, unset, readSchema }: ResolveOptions,
): Promise<LoadedConfig> {
  const { file, name, baseDir } = document;
  const texts = new Map<string, string>(document.text === null ? [] : [[name, document.text]]);
  if (!document.wellFormed) {
    const { text: redact, mask } = createRedactor(findSecretsInText(document.text ?? ''));
    throw diagnosticsError(document.diagnostics, texts, { redact, mask });
  }
  if (document.value === null) throw diagnosticsError([empty(document)], texts);

  const references = resolveReferences(document.value, env, unset);
  const secrets = findSecrets(references.value, references.resolved);
  const redactor = createRedactor(asWritten(secrets, writtenTexts(document)));
  const checked = checkShape(references.value, references.unresolved);
  const problems = [...references.problems, ...checked.problems];

  const undecided = unset === 'fail' ? references.unresolved : [];
  const schemas = await readSchemas(document, references.value, undecided, readSchema);
  const own = collectDiagnostics();
  for (const problem of problems) own.add(() => toDiagnostic(problem, document));
  const diagnostics = [...document.diagnostics, ...own.all()];
  for (const { source, diagnostics: found } of schemas.values()) {
    if (source !== undefined) texts.set(source.name, source.text);
    diagnostics.push(...found);
  }
  const { input } = checked;
  if (input === null || diagnostics.some(({ severity }) => severity === 'error')) {
    throw diagnosticsError(diagnostics, texts, { redact: redactor.text, mask: redactor.mask });
  }

  const sinks = sinkConfigs(input);
  const config: LoadedConfig = {
    file,
    baseDir,
    source: {
      connection: connectionConfig(input.source.connection),
      capture: pluginReference(input.source.capture ?? 'wal', ['source', 'capture']),
      documents: pluginReference(input.source.documents ?? 'postgres', ['source', 'documents']),
      limits: sourceLimits(input.source.limits ?? {}),
    },
    sinks,
    indexes: indexConfigs(input, sinks, schemas),
    prefix: input.prefix ?? '',
    queue: pluginReference(input.queue ?? 'memory', ['queue']),
    server: input.server === undefined ? null : serverConfig(input.server),
    locate: document.locate,
    locateIn: (index, path) => schemas.get(index)?.locate(path) ?? document.locate(['indexes', index], 'key'),
    texts,
    redactor,
    resolve: (options) => jsonMapping(resolveReferences(options, env, 'keep').value),
    written: (reference) => writtenOptions(document.value, reference),
    content: {
      config: document.value,
      schemas: new Map(
        Object.keys(input.indexes).map((index) => [
          writtenSchema(document, index),
          schemas.get(index)?.content,
        ]),
      ),
    },
  };
  return unprintable(config, redactor);
}

/** Nodes as the file spells them, as far as their line goes; empty for a module. */
function writtenTexts({ text, locate }: ConfigDocument): (path: SourcePath) => string {
  const lines = text?.split('\n') ?? [];
  return (path) => {
    const { line, column, length = 0 } = locate(path);
    const written = (lines[line - 1] ?? '').slice(column - 1, column - 1 + length);
    return written.replace(/^(["'])(.*)\1$/, '$2');
  };
}

interface CheckedShape {
  /** null where it cannot be used. */
  readonly input: ConfigInput | null;
  readonly problems: readonly OptionProblem[];
}

function checkShape(value: unknown, unresolved: readonly SourcePath[]): CheckedShape {
  const isUnresolved = (path: SourcePath): boolean =>
    unresolved.some((one) => one.every((step, depth) => step === path[depth]));
  const rules = ruleProblems(value).filter(({ path }) => !isUnresolved(path));

  let data = value;
  let result = configShape.safeParse(data);
  const read = result.success ? null : readScalars(data, result.error.issues);
  if (read !== null) {
    data = read;
    result = configShape.safeParse(data);
  }
  if (result.success) return { input: result.data, problems: rules };

  const { issues } = result.error;
  const paths = leafIssues(issues).map(({ path }) => path);
  if (paths.every(isUnresolved)) {
    // Only what a variable will say is missing: the rest can be used without it.
    const rest = paths.reduce<unknown>((all, path) => replaceAt(all, path, undefined), data);
    const { data: input } = configShape.safeParse(rest);
    return { input: input ?? null, problems: rules };
  }
  const shape = optionProblems(issues, data, [], inputSchemaOf(configShape));
  return { input: null, problems: [...shape.filter(({ path }) => !isUnresolved(path)), ...rules] };
}

async function readSchemas(
  document: ConfigDocument,
  value: unknown,
  undecided: readonly SourcePath[],
  readSchema: SchemaReader,
): Promise<ReadonlyMap<string, ReadSchema>> {
  const indexes = isMapping(value) && isMapping(value['indexes']) ? value['indexes'] : {};
  const read = Object.entries(indexes).map(async ([index, entry]): Promise<[string, ReadSchema][]> => {
    const file = isMapping(entry) ? entry['schema'] : undefined;
    if (typeof file !== 'string' || file === '') return [];
    const path = ['indexes', index, 'schema'];
    if (undecided.some((one) => pathText(one) === pathText(path))) return [];
    const location = document.locate(path);
    return [[index, await readSchema({ index, file, written: writtenSchema(document, index), location })]];
  });
  return new Map((await Promise.all(read)).flat());
}

/** A reference to the environment stays one: a lock must not say what it stood for. */
function writtenSchema(document: ConfigDocument, index: string): string {
  return String(valueAt(document.value, ['indexes', index, 'schema']));
}

function sinkConfigs(input: ConfigInput): readonly SinkConfig[] {
  const sinks = Object.entries(input.sinks ?? {}).map(([name, sink]) => ({
    name,
    required: sink.required ?? true,
    ...pluginReference(sink, ['sinks', name]),
  }));
  if (sinks.length > 0) return sinks;
  return [{ name: 'stdout', required: true, ...pluginReference('stdout', ['sinks', 'stdout']) }];
}

const defaultHoldLimit = { bytes: 2 ** 30, ageMs: 3_600_000 };

function indexConfigs(
  input: ConfigInput,
  sinks: readonly SinkConfig[],
  schemas: ReadonlyMap<string, ReadSchema>,
): readonly IndexConfig[] {
  return Object.entries(input.indexes).flatMap(([name, index]) => {
    const schema = schemas.get(name)?.schema ?? null;
    if (schema === null) return [];
    const chosen = index.sinks ?? sinks.map((sink) => sink.name);
    return {
      name,
      schema,
      schemaFile: index.schema,
      sinks: sinks.map((sink) => sink.name).filter((sink) => chosen.includes(sink)),
      onReject: index.on_reject ?? 'stop',
      holdLimit: {
        bytes: index.hold_limit?.bytes ?? defaultHoldLimit.bytes,
        ageMs: index.hold_limit?.age ?? defaultHoldLimit.ageMs,
      },
      keepFormer: index.keep_former ?? false,
      enabled: index.enabled ?? true,
    };
  });
}

function pluginReference(named: string | Mapping, at: SourcePath): PluginReference {
  if (typeof named === 'string') return { plugin: named, options: {}, at };
  return { plugin: String(named['plugin']), options: optionsOf(named), at };
}

function optionsOf(named: Mapping): JsonObject {
  return jsonMapping(Object.fromEntries(Object.entries(named).filter(([key]) => !hostKeys.has(key))));
}

function empty(document: ConfigDocument): FileDiagnostic {
  return {
    severity: 'error',
    code: 'SLUICE_CONFIG_INVALID',
    message: `The configuration ${document.name} is empty.`,
    hint: configHint([]),
    location: document.locate([]),
  };
}

function toDiagnostic(
  { path, part, code, message, hint }: OptionProblem,
  document: ConfigDocument,
): FileDiagnostic {
  return {
    severity: 'error',
    code: code ?? 'SLUICE_CONFIG_INVALID',
    message,
    hint: hint ?? configHint(path),
    location: document.locate(path, part),
  };
}
