import { readFileSync } from 'node:fs';
import { nextInput } from './pgoutput-inputs.mjs';
import { randomFrom } from './random.mjs';

const decoded = new Set(['begin', 'commit', 'relation', 'row', 'truncate', 'message', 'nothing', 'failure']);

/** A decoder keeps what it was told of each relation; a session of a real server ends at the first failure. */
const inputsPerDecoder = 20_000;

/** Messages that servers really sent, made by `record-pgoutput.mjs`. */
export function pgoutputCorpus() {
  const file = new URL('pgoutput-corpus.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).messages.map((text) => Buffer.from(text, 'base64'));
}

/**
 * Feeds a decoder with `inputs` inputs and gives how many came out as what. Throws where the decoder throws,
 * gives something else than a message or a failure, or a failure that is not one short line.
 *
 * @param Decoder The class, built or from source.
 * @param progress Told the number of each input before it is decoded.
 */
export function fuzzPgoutput({ Decoder, seed, inputs, progress = () => undefined }) {
  const random = randomFrom(seed);
  const corpus = pgoutputCorpus();
  const counts = {};
  let decoder;
  for (let number = 0; number < inputs; number += 1) {
    if (number % inputsPerDecoder === 0) decoder = newDecoder(Decoder, random, corpus);
    const input = nextInput(random, corpus);
    progress(number);
    const kind = examine(decoder, input, number);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function newDecoder(Decoder, random, corpus) {
  const decoder = new Decoder(({ columns, oid }) => {
    if (oid % 7 === 6) return undefined;
    const wanted = () => columns.map(() => !random.oneIn(3));
    return { links: wanted(), watched: wanted() };
  });
  for (const message of corpus) if (message[0] === 0x52) decoder.decode(message);
  return decoder;
}

function examine(decoder, input, number) {
  const says = (what) => `input ${number} (${input.toString('base64')}): ${what}`;
  let result;
  try {
    result = decoder.decode(input);
  } catch (error) {
    throw new Error(says('the decoder threw'), { cause: error });
  }
  if (!decoded.has(result?.kind)) throw new Error(says(`decoded as ${JSON.stringify(result)}`));
  if (result.kind === 'failure' && !/^[ -~]{1,200}$/.test(result.reason)) {
    throw new Error(says(`the reason is no short line: ${JSON.stringify(result.reason)}`));
  }
  return result.kind;
}
