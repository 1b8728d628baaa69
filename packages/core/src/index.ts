export { canonicalJson, contentHash } from './canonical-json.ts';
export * from './contracts/index.ts';
export * from './errors/index.ts';
export { schemaContent } from './schema-content.ts';
export { encodeVersion } from './version.ts';
export { visibleText } from './visible-text.ts';
