export {
  diagnosticsError,
  type FormatOptions,
  formatDiagnostics,
  type SourceTexts,
  sortDiagnostics,
} from './diagnostics.ts';
export { suggest, suggestionHint } from './suggest.ts';
export type * from './types.ts';
export { byteSize, duration, parseByteSize, parseDuration } from './units.ts';
export { type EntryPart, type LoadedYaml, loadYaml } from './yaml.ts';
