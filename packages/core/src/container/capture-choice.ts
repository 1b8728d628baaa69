import { isDeepStrictEqual } from 'node:util';
import {
  allowedCaptures,
  autoCaptures,
  type LoadedConfig,
  type PluginReference,
  type SluiceConfig,
} from '../config/index.ts';
import type { ChangeCapture } from '../contracts/index.ts';
import type { CaptureChoice, CapturePlugin, NamedCapture } from '../engine/index.ts';
import { SluiceError } from '../errors/index.ts';
import type { PluginHost, PreparedPlugin, ReferencePlaces } from '../plugins/index.ts';
import { allOrErrors } from './all-or-errors.ts';

/** Every capture plugin that the configuration allows, its options checked. */
export async function prepareCaptures(
  { source }: SluiceConfig,
  host: PluginHost,
  places: ReferencePlaces | undefined,
): Promise<readonly PreparedPlugin<'capture'>[]> {
  return allOrErrors(
    allowedCaptures(source.capture).map((reference) => host.prepare('capture', reference, places)),
    places,
  );
}

/** Makes the product of a plugin; whoever gives it closes it. */
type Start = (prepared: PreparedPlugin<'capture'>) => Promise<ChangeCapture>;

/** What a run may learn changes from. A capture that is opened again is started once. */
export async function captureChoice(
  config: SluiceConfig | LoadedConfig,
  prepared: readonly PreparedPlugin<'capture'>[],
  host: PluginHost,
  start: Start,
): Promise<CaptureChoice> {
  const references = allowedCaptures(config.source.capture);
  const started = await Promise.all(
    prepared.map(async (plugin, position): Promise<NamedCapture> => {
      const reference = references[position] ?? config.source.capture;
      return { plugin: named(plugin, reference, config), capture: await start(plugin) };
    }),
  );
  const [first, ...others] = started;
  if (first === undefined) throw new SluiceError('SLUICE_INTERNAL', 'The configuration allows no capture.');
  const reopened = new Map<string, Promise<NamedCapture>>();
  const reopen = async (plugin: CapturePlugin): Promise<NamedCapture> => {
    const options = 'resolve' in config ? config.resolve(plugin.options) : plugin.options;
    const again = await host.prepare('capture', { plugin: plugin.reference, options, at: [] });
    return { plugin, capture: await start(again) };
  };
  return {
    allowed: [first, ...others],
    others: autoCaptures
      .filter((name) => !started.some(({ plugin }) => plugin.name === name))
      .map((name) => ({ name, reference: name, options: {} })),
    reopen: (plugin) => {
      // Under other options it may have another slot or schema in the source.
      const known = started.find(
        (each) => each.plugin.name === plugin.name && isDeepStrictEqual(each.plugin.options, plugin.options),
      );
      if (known !== undefined) return Promise.resolve(known);
      const id = JSON.stringify([plugin.name, plugin.options]);
      const opening = reopened.get(id) ?? reopen(plugin);
      reopened.set(id, opening);
      return opening;
    },
  };
}

/** What a record keeps of a capture, so that it can be opened again when the configuration names another. */
function named(
  { plugin }: PreparedPlugin<'capture'>,
  reference: PluginReference,
  config: SluiceConfig | LoadedConfig,
): CapturePlugin {
  // Only options whose secrets are known to be left out may be kept.
  const options = 'written' in config ? config.written(reference) : {};
  return { name: plugin.name, reference: reference.plugin, options };
}
