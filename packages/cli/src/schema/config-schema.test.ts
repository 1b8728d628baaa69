import { configShape, inputSchemaOf } from '@sluice/core/config';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from './config-schema.ts';

const isSchema = (value: unknown): value is Parameters<typeof configJsonSchema>[0] =>
  typeof value === 'object' && value !== null;
const shape = inputSchemaOf(configShape);

describe('the JSON Schema of sluice.yaml', () => {
  const schema = isSchema(shape)
    ? configJsonSchema(shape, [
        {
          kind: 'sink',
          name: 'kafka',
          summary: 'Writes to Kafka',
          options: {
            type: 'object',
            properties: { brokers: { type: 'integer' } },
            required: ['brokers'],
            additionalProperties: false,
          },
        },
        { kind: 'capture', name: 'wal', summary: 'Reads the log', options: null },
        {
          kind: 'capture',
          name: 'triggers',
          summary: 'Reads an outbox',
          options: { type: 'object', properties: { lease: { type: 'string' } }, additionalProperties: false },
        },
      ])
    : {};

  test('has the keys of the configuration', () => {
    expect(schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: expect.arrayContaining(['source', 'indexes']),
      properties: { source: {}, sinks: {}, indexes: {}, queue: {}, prefix: {} },
    });
  });

  test('knows the options of an installed sink, beside those of every sink', () => {
    expect(schema).toMatchObject({
      properties: {
        sinks: {
          additionalProperties: {
            anyOf: expect.arrayContaining([
              expect.objectContaining({
                title: 'kafka',
                required: ['plugin', 'brokers'],
                properties: expect.objectContaining({
                  plugin: { const: 'kafka', description: 'Writes to Kafka' },
                  required: expect.anything(),
                }),
              }),
            ]),
          },
        },
      },
    });
  });

  test('lets a reference to the environment stand where a number is wanted', () => {
    expect(JSON.stringify(schema)).toContain(
      '{"anyOf":[{"type":"integer"},{"type":"string","pattern":"\\\\$\\\\{',
    );
  });

  test('lets a capture be a name alone, or have options', () => {
    expect(JSON.stringify(schema)).toContain('{"anyOf":[{"const":"wal"');
  });

  test('lets the choice of a capture have options of those that it chooses from', () => {
    expect(schema).toMatchObject({
      properties: {
        source: {
          properties: {
            capture: {
              anyOf: expect.arrayContaining([
                expect.objectContaining({ const: 'auto' }),
                expect.objectContaining({
                  title: 'auto',
                  additionalProperties: false,
                  properties: expect.objectContaining({
                    wal: { type: 'object' },
                    triggers: expect.objectContaining({ properties: { lease: expect.anything() } }),
                  }),
                }),
              ]),
            },
          },
        },
      },
    });
  });
});
