import { type Document, encodeVersion } from '@sluice/core';

/**
 * One document as one line, newline included. The body is the JSON text from the source: not parsed,
 * so that numbers keep all their digits; a `json` column keeps the newlines of whoever wrote it,
 * which may only stand between tokens, so a space says the same.
 */
export function documentLine(index: string, epoch: number, document: Document): string {
  const routing = document.routing === null ? '' : `"routing":${JSON.stringify(document.routing)},`;
  const head = `{"index":${JSON.stringify(index)},"id":${JSON.stringify(document.id)},${routing}"version":${encodeVersion(epoch, document.version)},`;
  if (document.body === null) return `${head}"op":"delete"}\n`;
  return `${head}"op":"index","document":${onOneLine(document.body)}}\n`;
}

function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replaceAll(/[\r\n]/g, ' ') : json;
}
