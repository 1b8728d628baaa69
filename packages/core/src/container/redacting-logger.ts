import type { Redactor } from '../config/index.ts';
import type { Logger } from '../contracts/index.ts';
import { isSluiceError, SluiceError } from '../errors/index.ts';

/** A logger that no secret of the configuration passes through. */
export function redactingLogger(logger: Logger, redactor: Redactor): Logger {
  const clean = (value: unknown): unknown => redactValue(value, redactor.text);
  const fieldsOf = (fields: Readonly<Record<string, unknown>> | undefined) =>
    fields === undefined
      ? undefined
      : Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value)]));
  return {
    debug: (message, fields) => logger.debug(redactor.text(message), fieldsOf(fields)),
    info: (message, fields) => logger.info(redactor.text(message), fieldsOf(fields)),
    warn: (message, fields) => logger.warn(redactor.text(message), fieldsOf(fields)),
    error: (message, fields) => logger.error(redactor.text(message), fieldsOf(fields)),
  };
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return redactError(value, redact);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, redact)]));
  }
  return value;
}

function redactError(error: Error, redact: (text: string) => string): Error {
  const cause = error.cause === undefined ? undefined : redactValue(error.cause, redact);
  const message = redact(error.message);
  const copy = isSluiceError(error)
    ? new SluiceError(error.code, message, {
        hint: error.hint === undefined ? undefined : redact(error.hint),
        location: error.location,
        cause,
      })
    : new Error(message, cause === undefined ? undefined : { cause });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = redact(error.stack);
  return copy;
}
