// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import type { JsonObject, JsonValue, PluginKind } from '@sluice/core';
import { autoCapture, autoCaptures } from '@sluice/core/config';

/** The options of one plugin, as JSON Schema. */
export interface PluginOptions {
  readonly kind: PluginKind;
  readonly name: string;
  readonly summary: string;
  /** null where the plugin does not say: anything goes. */
  readonly options: JsonObject | null;
}

/** A reference to the environment may stand where any value may. */
const reference: JsonObject = {
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
  description: 'A reference to the environment: ${NAME} or ${NAME:-default}.',
};

/**
 * The JSON Schema of `sluice.yaml`, for editors: the form that Sluice reads, with the options of
 * the plugins that are installed in the places where plugins are named.
 *
 * @param shape the JSON Schema of the form without any plugin's options
 */
export function configJsonSchema(shape: JsonObject, plugins: readonly PluginOptions[]): JsonObject {
  const named = (kind: PluginKind) => plugins.filter((plugin) => plugin.kind === kind);
  const source = child(child(shape, 'properties'), 'source');
  return {
    ...shape,
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sluice configuration',
    properties: {
      ...child(shape, 'properties'),
      source: {
        ...source,
        properties: {
          ...withReferences(child(source, 'properties')),
          capture: captureReference(named('capture')),
          documents: pluginReference(named('documents')),
        },
      },
      sinks: {
        type: 'object',
        additionalProperties: pluginObject(named('sink'), {
          required: {
            type: 'boolean',
            description: 'false: falls behind alone and is reconciled. Default true.',
          },
        }),
      },
      queue: pluginReference(named('queue')),
      indexes: withReferences(child(child(shape, 'properties'), 'indexes')),
      server: orReference(child(child(shape, 'properties'), 'server')),
    },
  };
}

/** A capture plugin, or `auto` with options of those that it chooses from. */
function captureReference(plugins: readonly PluginOptions[]): JsonObject {
  const description = `Takes the first of ${autoCaptures.join(', ')} that source and role allow, and stays with it.`;
  const plugin = { const: autoCapture, description };
  const choice = autoCaptures.map((name) => {
    const options = plugins.find((each) => each.name === name)?.options ?? null;
    if (options === null) return [name, { type: 'object' }];
    const properties = withReferences(child(options, 'properties'));
    return [name, { ...withoutDialect(options), properties }];
  });
  const auto: JsonObject = {
    title: autoCapture,
    type: 'object',
    properties: { plugin, ...Object.fromEntries(choice) },
    required: ['plugin'],
    additionalProperties: false,
  };
  return { anyOf: [plugin, pluginName(plugins), auto, pluginObject(plugins, {})] };
}

/** A plugin by its name alone, or with options. */
function pluginReference(plugins: readonly PluginOptions[]): JsonObject {
  return { anyOf: [pluginName(plugins), pluginObject(plugins, {})] };
}

/** A known short name, completed by editors, or any other name or path. */
function pluginName(plugins: readonly PluginOptions[]): JsonObject {
  const known = plugins.map(({ name, summary }) => ({ const: name, description: summary }));
  return { anyOf: [...known, { type: 'string', pattern: '[/@.]' }] };
}

function pluginObject(plugins: readonly PluginOptions[], common: JsonObject): JsonObject {
  const known = plugins.map(({ name, summary, options }): JsonObject => {
    const plugin = { const: name, description: summary };
    if (options === null) return { type: 'object', properties: { plugin, ...common }, required: ['plugin'] };
    const required = Array.isArray(options['required']) ? options['required'] : [];
    return {
      ...withoutDialect(options),
      title: name,
      properties: { plugin, ...common, ...withReferences(child(options, 'properties')) },
      required: ['plugin', ...required],
    };
  });
  const foreign: JsonObject = {
    title: 'another plugin, by package or path',
    type: 'object',
    properties: { plugin: { type: 'string', pattern: '[/@.]' }, ...common },
    required: ['plugin'],
  };
  return { anyOf: [...known, foreign] };
}

/** Every value of a schema may be a reference to the environment instead. Pure. */
function withReferences(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).map(([key, node]) => [key, orReference(node)]));
}

function orReference(node: JsonValue | undefined): JsonValue {
  if (!isObject(node)) return node ?? {};
  const inner: JsonObject = {
    ...node,
    ...(isObject(node['properties']) ? { properties: withReferences(node['properties']) } : {}),
    ...(isObject(node['additionalProperties'])
      ? { additionalProperties: orReference(node['additionalProperties']) }
      : {}),
    ...(isObject(node['items']) ? { items: orReference(node['items']) } : {}),
  };
  const takesAnyText =
    node['type'] === 'string' && node['pattern'] === undefined && node['enum'] === undefined;
  if (takesAnyText || node['type'] === 'object' || node['type'] === 'array') return inner;
  return { anyOf: [inner, reference] };
}

function child(schema: JsonObject, key: string): JsonObject {
  const value = schema[key];
  return isObject(value) ? value : {};
}

function withoutDialect({ $schema: _dialect, ...schema }: JsonObject): JsonObject {
  return schema;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
