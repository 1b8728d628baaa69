// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references in texts are what this is about
import type { JsonObject } from '../contracts/index.ts';
import { hostKeys } from './config-rules.ts';
import { jsonMapping, replaceAt, valueAt } from './plain-data.ts';
import { findSecrets, isReference } from './secrets.ts';
import type { PluginReference } from './types.ts';

/**
 * The options of a plugin as the configuration writes them: references to the environment stay
 * references, and an option that says a secret in the open is left out. The whole of it: what is left of a
 * connection without its password would be tried, and refused.
 *
 * @param config the data of the configuration, references unresolved
 */
export function writtenOptions(config: unknown, { at }: Pick<PluginReference, 'at'>): JsonObject {
  const secrets = findSecrets(config, []).filter(({ value }) => !isReference(value));
  const options = secrets.map(({ path }) => path.slice(0, at.length + 1));
  const open = options.reduce((data, path) => replaceAt(data, path, undefined), config);
  const written = jsonMapping(valueAt(open, at));
  return Object.fromEntries(Object.entries(written).filter(([key]) => !hostKeys.has(key)));
}
