export { jsonSchemaForSchemaFiles } from './json-schema.ts';
export { type ParsedSchema, parseSchema } from './parse-schema.ts';
export { postgresTypeName } from './postgres-type-name.ts';
export { anyEnum, type ScalarTypeInfo, scalarTypeNames, scalarTypes } from './scalar-types.ts';
export { childrenOf, type WalkedField, walkFields } from './walk-fields.ts';
