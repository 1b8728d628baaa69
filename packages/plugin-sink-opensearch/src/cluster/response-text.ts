import { Serializer } from './client-parts.ts';

/** How an answer to `_mget` begins, and no other that Sluice asks for. */
const documents = '{"docs":[';
const nothingFailed = Object.freeze({ errors: false });

/**
 * An answer's JSON, parsed.
 *
 * A bulk without a failure says so in its first key (`filter_path` leaves `took` out): its items
 * need no parsing. Versions pass 2^53 once epochs reach 32, so a long `_version` comes back as the
 * text of its digits; inside a JSON string the key's quotes would be escaped, so ids cannot forge one.
 * An answer with whole documents waits for whoever wants it: parsed, their numbers lose digits.
 */
export function parseResponse(text: string): unknown {
  if (text.startsWith('{"errors":false')) return nothingFailed;
  return text.startsWith(documents) ? new UnparsedAnswer(text) : parse(text);
}

/** An answer's JSON, as it came. */
export class UnparsedAnswer {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  parsed(): unknown {
    return parse(this.text);
  }
}

function parse(text: string): unknown {
  if (!text.includes('"_version":')) return JSON.parse(text);
  return JSON.parse(text.replaceAll(/"_version":(\d{16,})/g, '"_version":"$1"'));
}

export class ResponseSerializer extends Serializer {
  override deserialize(text: string): unknown {
    return parseResponse(text);
  }
}
