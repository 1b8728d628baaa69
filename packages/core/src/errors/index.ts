export { type ErrorCode, errorCatalogue } from './catalogue.ts';
export type { FileDiagnostic } from './file-diagnostic.ts';
export {
  asSluiceError,
  type CodedError,
  isSluiceError,
  SluiceError,
  type SluiceErrorDetails,
} from './sluice-error.ts';
export type { SourceLocation } from './source-location.ts';
