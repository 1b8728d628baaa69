import { z } from 'zod';
import type { JsonObject } from '../contracts/index.ts';
import { keyTextOf } from './key-shapes.ts';
import {
  columnFilterShape,
  fieldShapes,
  orderShape,
  rawFilterShape,
  rootShape,
  softDeleteShape,
  throughShape,
} from './shapes.ts';

/**
 * The JSON Schema (draft 2020-12) of `*.schema.yml`, for completion and checks in an editor. Made
 * of the shapes that `parseSchema` reads with; what only code can say (the values that fit an
 * operator, duplicate keys) is left to `sluice check`.
 */
export function jsonSchemaForSchemaFiles(): JsonObject {
  const fields = Object.entries(fieldShapes).map(([type, shape]) => fieldSchema(type, shape));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Sluice index schema',
    description: 'What one search document holds, and which tables it comes from.',
    ...withRequired(toJson(rootShape), ['fields']),
    $defs: {
      documentKey: {
        type: 'string',
        minLength: 1,
        pattern: '^[^.*]+$',
        description: 'The name of the field in the document.',
      },
      field: { anyOf: fields },
      filter: { anyOf: [toJson(columnFilterShape), toJson(rawFilterShape)] },
      order: toJson(orderShape),
      through: toJson(throughShape),
      softDelete: withRequired(toJson(softDeleteShape), []),
    },
  };
}

function fieldSchema(type: string, shape: z.ZodObject): JsonObject {
  const json = toJson(shape);
  const siblings = isObject(json['properties']) ? json['properties'] : {};
  const required = [
    type,
    ...('fields' in shape.shape ? ['fields'] : []),
    ...(type === 'many_to_many' ? ['through'] : []),
  ];
  return withRequired(
    { title: type, ...json, properties: { [type]: { $ref: '#/$defs/documentKey' }, ...siblings } },
    required,
  );
}

function withRequired(json: JsonObject, more: readonly string[]): JsonObject {
  const own = Array.isArray(json['required']) ? json['required'] : [];
  return { ...json, required: [...new Set([...more, ...own.map(String)])] };
}

/** A shape as JSON Schema, with the texts of its keys. */
function toJson(shape: z.ZodObject): JsonObject {
  const { $schema: _, ...json } = z.toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const text = keyTextOf(zodSchema);
      if (text !== undefined) Object.assign(jsonSchema, text.json, { description: text.help });
    },
  });
  // JSON text and back: plain data, without zod's own hidden properties.
  return JSON.parse(JSON.stringify(json)) as JsonObject;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
