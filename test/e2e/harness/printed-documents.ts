import { type Documents, placeOf } from './documents.ts';
import { type ExactJson, parseExactJson } from './exact-json.ts';

interface Line {
  readonly index: string;
  readonly id: string;
  readonly routing?: string;
  readonly op: 'index' | 'delete';
  readonly document?: ExactJson;
}

/** What a reader of the stdout sink holds of one index: for each id, what its last line said. */
export function printedDocuments(output: string, index: string): Documents {
  const documents = new Map<string, ExactJson>();
  for (const text of output.slice(0, output.lastIndexOf('\n') + 1).split('\n')) {
    if (text === '') continue;
    const line = parseExactJson<Line>(text);
    if (line.index !== index) continue;
    const place = placeOf(line.id, line.routing);
    if (line.op === 'delete') documents.delete(place);
    else documents.set(place, line.document ?? null);
  }
  return documents;
}
