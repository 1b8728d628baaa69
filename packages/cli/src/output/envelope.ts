import { randomUUID } from 'node:crypto';
import { type SourceLocation, visibleText } from '@sluice/core';
import type { ErrorDescription, Problem } from './describe-error.ts';
import { RawJson } from './raw-json.ts';

/** What `--json` prints when a command did what it was asked to. */
export interface SuccessEnvelope {
  readonly ok: true;
  readonly data: unknown;
}

/** One problem, as programs read it. The keys are always there; what is unknown is null. */
export interface EnvelopeError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly location: SourceLocation | null;
}

/** What `--json` prints when a command failed: the first problem, and all of them in `errors`. */
export interface ErrorEnvelope {
  readonly ok: false;
  /** What is known nevertheless, as it would be without the error; absent where nothing is. */
  readonly data?: unknown;
  readonly error: EnvelopeError & { readonly errors?: readonly EnvelopeError[] };
}

/** The envelope of a result. Stable: a program may rely on every key. */
export function successEnvelope(data: unknown): SuccessEnvelope {
  return { ok: true, data: data ?? null };
}

/** The envelope of an error. Stable: a program may rely on every key. */
export function errorEnvelope(error: ErrorDescription): ErrorEnvelope {
  const first = toEnvelopeError(error);
  const data = error.data === undefined ? {} : { data: error.data };
  if (error.errors.length < 2) return { ok: false, ...data, error: first };
  return { ok: false, ...data, error: { ...first, errors: error.errors.map(toEnvelopeError) } };
}

function toEnvelopeError(error: Problem): EnvelopeError {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    location: error.location ?? null,
  };
}

/** As text: one document, bigint as decimal strings, raw JSON as it is. */
export function printEnvelope(envelope: SuccessEnvelope | ErrorEnvelope): string {
  const raw: string[] = [];
  const text = JSON.stringify(
    envelope,
    (_key, value: unknown) => {
      if (typeof value === 'bigint') return value.toString();
      if (value instanceof RawJson) return `${placeholder}${raw.push(value.text) - 1}`;
      return value;
    },
    2,
  );
  return visibleText(text.replace(placeholderPattern, (_found, at: string) => raw[Number(at)] ?? 'null'));
}

/** Stands for raw JSON until the rest is text. No string of ours holds it: it is made anew for each process. */
const placeholder = `raw-json-${randomUUID()}-`;
const placeholderPattern = new RegExp(`"${placeholder}(\\d+)"`, 'g');
