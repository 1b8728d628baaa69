import { jsonMapping } from './plain-data.ts';
import type { PluginReference } from './types.ts';

/** What stands in place of a capture plugin's name where Sluice is to choose. */
export const autoCapture = 'auto';

/** What it chooses from, the preferred one first. */
export const autoCaptures = ['wal', 'triggers'] as const;

/** The capture plugins that a configuration allows: the one that it names, or what `auto` chooses from. */
export function allowedCaptures(capture: PluginReference): readonly PluginReference[] {
  if (capture.plugin !== autoCapture) return [capture];
  return autoCaptures.map((plugin) => ({
    plugin,
    options: jsonMapping(capture.options[plugin]),
    at: [...capture.at, plugin],
  }));
}
