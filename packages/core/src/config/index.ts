export { formatAddress, type ListenAddress, parseAddress } from './address.ts';
export { allowedCaptures, autoCapture, autoCaptures } from './auto-capture.ts';
export { configShape } from './config-shape.ts';
export { connectionConfig, connectionShape } from './connection-shape.ts';
export {
  diagnosticsError,
  type FormatOptions,
  formatDiagnostics,
  type SourceTexts,
  sortDiagnostics,
} from './diagnostics.ts';
export type { Environment, UnsetVariables } from './env-references.ts';
export { type ConfigPlace, findConfig, searchPlaces } from './find-config.ts';
export { indexNameProblem, prefixProblem } from './index-name.ts';
export { type LoadConfigOptions, loadConfig } from './load-config.ts';
export { type LoadLockOptions, type Lock, loadLock, readLock, writeLock } from './lock.ts';
export { inputSchemaOf, type OptionProblem, optionProblems } from './option-problems.ts';
export { pathText } from './plain-data.ts';
export { readScalars } from './read-scalars.ts';
export { createRedactor, findSecrets, type Redactor, redactNodes, type Secret } from './secrets.ts';
export { suggest, suggestionHint } from './suggest.ts';
export type * from './types.ts';
export { byteSize, duration, formatAge, formatByteSize, parseByteSize, parseDuration } from './units.ts';
export { type EntryPart, type LoadedYaml, loadYaml } from './yaml.ts';
