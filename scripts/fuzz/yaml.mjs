import { randomFrom } from './random.mjs';
import { nextText } from './yaml-inputs.mjs';

const env = { DATABASE_URL: 'postgres://app:from-env@db/shop', A: 'a', OPENSEARCH_URL: 'http://search:9200' };

/**
 * Feeds the front end with texts for as long as `goOn` says, each either as a schema or as a configuration with a
 * schema, and gives how many were valid. Throws, with the text, where anything but diagnostics or a result comes out.
 *
 * @param front The front end's functions: parseSchema, loadYaml, resolveConfig, formatDiagnostics, isSluiceError,
 *   writeLock and readLock; built or from source.
 */
export async function fuzzYaml({ front, corpus, seed, goOn, progress = () => undefined }) {
  const random = randomFrom(seed);
  const counts = { inputs: 0, validSchemas: 0, validConfigs: 0, refused: 0, slowest: 0, slowestInput: 0 };
  while (goOn(counts.inputs)) {
    const kind = random.oneIn(2) ? 'schema' : 'config';
    const schemaText = nextText(random, corpus.schemas);
    const configText = kind === 'config' ? nextText(random, corpus.configs) : '';
    progress(counts.inputs);
    const started = performance.now();
    try {
      const valid =
        kind === 'schema' ? readSchema(front, schemaText) : await readConfig(front, configText, schemaText);
      if (!valid) counts.refused += 1;
      else if (kind === 'schema') counts.validSchemas += 1;
      else counts.validConfigs += 1;
    } catch (error) {
      const texts = JSON.stringify({ configText, schemaText });
      throw new Error(`input ${counts.inputs} (${kind}): ${error?.stack ?? error}\n${texts}`, {
        cause: error,
      });
    }
    const took = performance.now() - started;
    if (took > counts.slowest) {
      counts.slowest = took;
      counts.slowestInput = counts.inputs;
    }
    counts.inputs += 1;
  }
  return counts;
}

function readSchema(front, text) {
  const { schema, diagnostics } = front.parseSchema(text, 'a.schema.yml', 'a');
  examine(front, diagnostics, new Map([['a.schema.yml', text]]));
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  if (failed !== (schema === null)) throw new Error('a schema with errors, or neither schema nor error');
  return schema !== null;
}

async function readConfig(front, text, schemaText) {
  const yaml = front.loadYaml(text, 'sluice.yaml');
  const document = { ...yaml, file: '/d/sluice.yaml', name: 'sluice.yaml', baseDir: '/d' };
  const readSchemaOf = async ({ index }) => ({
    ...front.parseSchema(schemaText, 'a.schema.yml', index),
    source: { name: 'a.schema.yml', text: schemaText },
    content: front.loadYaml(schemaText, 'a.schema.yml').value,
  });
  try {
    const config = await front.resolveConfig(document, { env, unset: 'fail', readSchema: readSchemaOf });
    const lock = front.writeLock(config);
    if (/from-env/.test(lock)) throw new Error('the lock holds a value of the environment');
    front.readLock(lock, 'sluice.lock');
    return true;
  } catch (error) {
    if (!front.isSluiceError(error) || error.code === 'SLUICE_INTERNAL') throw error;
    if (error.diagnostics.length === 0 && error.location === undefined) throw error;
    examine(front, error.diagnostics, new Map([['sluice.yaml', text]]));
    return false;
  }
}

/** Every diagnostic stands in its file, has words, and can be shown. */
function examine(front, diagnostics, texts) {
  for (const { message, location, code } of diagnostics) {
    if (typeof message !== 'string' || message === '') throw new Error(`${code} without a message`);
    if (!(location.line >= 1 && location.column >= 1)) throw new Error(`${code} without a place`);
  }
  if (typeof front.formatDiagnostics(diagnostics, texts) !== 'string') throw new Error('no report');
}
