import { createHmac } from 'node:crypto';
import { parse, stringify } from 'lossless-json';

/**
 * The body with the values at these paths replaced, also inside of arrays. Null stays null. Numbers
 * elsewhere keep all their digits, which `JSON.parse` would take from them.
 */
export function maskBody(body: string, paths: readonly string[], secret: string): string {
  const document = parse(body);
  for (const path of paths) maskAt(document, path.split('.'), secret);
  return stringify(document) ?? body;
}

function maskAt(value: unknown, [name, ...rest]: readonly string[], secret: string): void {
  if (Array.isArray(value)) {
    for (const item of value) maskAt(item, name === undefined ? [] : [name, ...rest], secret);
    return;
  }
  if (name === undefined || !isObject(value)) return;
  const held = value[name];
  if (held === undefined || held === null) return;
  if (rest.length > 0) maskAt(held, rest, secret);
  else value[name] = Array.isArray(held) ? held.map((item) => mask(item, secret)) : mask(held, secret);
}

function mask(value: unknown, secret: string): string {
  const text = typeof value === 'string' ? value : stringify(value);
  return createHmac('sha256', secret)
    .update(text ?? '')
    .digest('hex')
    .slice(0, 32);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
