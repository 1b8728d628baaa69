// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { canonicalJson, contentHash } from '../canonical-json.ts';
import type { SourcePath } from '../contracts/index.ts';
import { type FileDiagnostic, SluiceError } from '../errors/index.ts';
import { parseSchema } from '../schema/index.ts';
import { displayName, reason } from './config-document.ts';
import { diagnosticsError } from './diagnostics.ts';
import type { Environment } from './env-references.ts';
import { isMapping, pathText } from './plain-data.ts';
import { type SchemaReader, unreadable } from './read-schemas.ts';
import { resolveConfig } from './resolve-config.ts';
import { createRedactor, findSecrets, findSecretsInText, isReference } from './secrets.ts';
import type { LoadedConfig } from './types.ts';
import { type LoadedYaml, loadYaml } from './yaml.ts';

/** The form of the lock itself. */
const lockVersion = 1;

const banner =
  ' Made by `sluice build` from the configuration and its schemas. Do not edit: build it again.\n';

/** A lock, read: its data and the places in it. */
export interface Lock {
  /** Over everything in it: equal for equal content. */
  readonly hash: string;
  /** The configuration as written, references to the environment unresolved. */
  readonly config: unknown;
  readonly schemas: ReadonlyMap<string, unknown>;
  readonly yaml: LoadedYaml;
}

/**
 * Configuration and schemas in one portable text: the same for the same content whatever the order
 * of keys in the configuration, without comments, and without secrets: references to the
 * environment stay references.
 *
 * @throws SLUICE_CONFIG_SECRET where a secret stands in the configuration itself.
 */
export function writeLock(config: LoadedConfig): string {
  const { content } = config;
  refuseSecrets(config);
  const schemas = Object.fromEntries(
    [...content.schemas].map(([file, schema]) => [file, { hash: contentHash(schema), content: schema }]),
  );
  const body = { sluice_lock: lockVersion, hash: lockHash(content.config, content.schemas) };
  // The order of keys in a schema is kept: a constant's is that of the documents.
  return [
    `#${banner}`,
    stringify(body),
    stringify({ config: content.config }, { sortMapEntries: true, lineWidth: 0 }),
    stringify({ schemas: sortedByKey(schemas) }, { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join('');
}

/**
 * Reads a lock and checks that it is whole.
 *
 * @throws SLUICE_LOCK_INVALID where it was changed by hand, cut short, or made by another version.
 */
export function readLock(text: string, file: string): Lock {
  const yaml = loadYaml(text, file);
  if (!yaml.wellFormed) {
    const redactor = createRedactor(findSecretsInText(text));
    throw diagnosticsError(yaml.diagnostics, new Map([[file, text]]), {
      redact: redactor.text,
      mask: redactor.mask,
    });
  }
  const root = isMapping(yaml.value) ? yaml.value : {};
  const fail = (message: string, path: SourcePath): SluiceError =>
    new SluiceError('SLUICE_LOCK_INVALID', message, {
      hint: 'Make it again with `sluice build`.',
      location: yaml.locate(path),
    });
  if (root['sluice_lock'] === undefined) throw fail(`${file} is not a lock of Sluice.`, []);
  if (root['sluice_lock'] !== lockVersion) {
    const message = `${file} has the form ${canonicalJson(root['sluice_lock'])}; this version of Sluice reads ${lockVersion}.`;
    throw fail(message, ['sluice_lock']);
  }
  const entries = Object.entries(isMapping(root['schemas']) ? root['schemas'] : {});
  const schemas = new Map(
    entries.map(([name, entry]) => [name, isMapping(entry) ? entry['content'] : undefined]),
  );
  if (root['hash'] !== lockHash(root['config'], schemas)) {
    throw fail(`${file} was changed since it was built: its hash does not fit its content.`, ['hash']);
  }
  return { hash: String(root['hash']), config: root['config'], schemas, yaml };
}

export interface LoadLockOptions {
  /** Absolute path. Relative paths in the configuration are relative to its directory. */
  readonly file: string;
  readonly cwd: string;
  readonly env: Environment;
}

/**
 * The configuration that a lock holds, references to the environment resolved now.
 *
 * @throws SLUICE_CONFIG_NOT_FOUND, SLUICE_LOCK_INVALID, or an error that carries every diagnostic.
 */
export async function loadLock({ file, cwd, env }: LoadLockOptions): Promise<LoadedConfig> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new SluiceError('SLUICE_CONFIG_NOT_FOUND', `The lock ${file} cannot be read: ${reason(error)}.`, {
      hint: 'Make it with `sluice build`.',
      cause: error,
    });
  });
  const name = displayName(file, cwd);
  const { config, schemas, yaml } = readLock(text, name);
  const inConfig: LoadedYaml = { ...yaml, locate: (path, part) => yaml.locate(['config', ...path], part) };
  return resolveConfig(
    { ...inConfig, file, name, baseDir: dirname(file), value: config ?? null },
    { env, unset: 'fail', readSchema: lockedSchemaReader(schemas, yaml) },
  );
}

function lockedSchemaReader(schemas: ReadonlyMap<string, unknown>, yaml: LoadedYaml): SchemaReader {
  return async (reference) => {
    const { file, written, index } = reference;
    if (!schemas.has(written)) return unreadable(reference, null, 'it is not in the lock');
    const content = schemas.get(written);
    const locate = (path: SourcePath) => yaml.locate(['schemas', written, 'content', ...path]);
    const parsed = parseSchema(stringify(content), file, index);
    // The places of the text that was parsed are nowhere on disk: the lock's own stand for them.
    const diagnostics = parsed.diagnostics.map((found) => ({ ...found, location: locate([]) }));
    return { schema: parsed.schema, diagnostics, locate, content };
  };
}

function refuseSecrets(config: LoadedConfig): void {
  const { content } = config;
  const found: FileDiagnostic[] = findSecrets(content.config, [])
    .filter(({ value }) => !isReference(value))
    .map(({ path }) => ({
      severity: 'error',
      code: 'SLUICE_CONFIG_SECRET',
      message: `\`${pathText(path)}\` holds a secret, and a lock is made to be shared.`,
      hint: 'Put it into an environment variable and write ${NAME} in its place.',
      location: config.locate(path),
    }));
  if (found.length === 0) return;
  throw diagnosticsError(found, config.texts, { redact: config.redactor.text, mask: config.redactor.mask });
}

function lockHash(config: unknown, schemas: ReadonlyMap<string, unknown>): string {
  return contentHash({ config, schemas: Object.fromEntries(schemas) });
}

function sortedByKey<Value>(entries: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
