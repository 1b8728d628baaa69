import type { Document, HeldDocument } from '@sluice/core';

/** A place in the file's log, with the version that it holds. */
export interface HeldLine extends HeldDocument {
  readonly deleted: boolean;
}

/**
 * One document as one line. Its body stays the text that it is: parsing it would cost time, and large
 * numbers their last digits. It may hold line breaks, between tokens only, where a space says the same.
 */
export function documentLine({ id, routing, body }: Document, version: bigint): string {
  const place = `"id":${JSON.stringify(id)},"routing":${JSON.stringify(routing)}`;
  // As text, for readers whose numbers are doubles.
  return `{${place},"version":"${version}","document":${body === null ? 'null' : body.replaceAll(/[\r\n]/g, ' ')}}\n`;
}

/** What a line says; null for the rest of a line that a killed process did not finish. */
export function parseLine(line: string): HeldLine | null {
  try {
    const { id, routing, version, document } = JSON.parse(line);
    return { id, routing, version: BigInt(version), deleted: document === null };
  } catch {
    return null;
  }
}
