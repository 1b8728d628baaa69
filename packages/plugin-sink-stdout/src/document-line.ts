import { type Document, encodeVersion, visibleText } from '@sluice/core';

/**
 * One document as one line, newline included. The body is the JSON text from the source: not parsed,
 * so that numbers keep all their digits; a `json` column keeps the newlines of whoever wrote it,
 * which may only stand between tokens, so a space says the same.
 */
export function documentLine(index: string, epoch: number, document: Document): string {
  const routing = document.routing === null ? '' : `"routing":${JSON.stringify(document.routing)},`;
  const head = visibleText(
    `{"index":${JSON.stringify(index)},"id":${JSON.stringify(document.id)},${routing}"version":${encodeVersion(epoch, document.version)},`,
  );
  if (document.body === null) return `${head}"op":"delete"}\n`;
  return `${head}"op":"index","document":${onOneLine(document.body)}}\n`;
}

/** Nor does a document command the terminal that it is shown in: JSON says the same by an escape. */
function onOneLine(json: string): string {
  return visibleText(/[\r\n]/.test(json) ? json.replaceAll(/[\r\n]/g, ' ') : json);
}
