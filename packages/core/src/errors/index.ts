export { type ErrorCode, errorCatalogue } from './catalogue.ts';
export type { FileDiagnostic } from './file-diagnostic.ts';
export {
  asSluiceError,
  isSluiceError,
  SluiceError,
  type SluiceErrorDetails,
  type SourceLocation,
} from './sluice-error.ts';
