import type { ChangeCapture, JsonObject } from '../../contracts/index.ts';

/** A capture plugin as a record names it: enough to start it again when the configuration names another. */
export interface CapturePlugin {
  /** The short name that the plugin gives itself. */
  readonly name: string;
  /** How the configuration named it: by short name, package or path. */
  readonly reference: string;
  /** As written: references to the environment unresolved, secrets left out. */
  readonly options: JsonObject;
}

/** A capture with the plugin that it came from. */
export interface NamedCapture {
  readonly plugin: CapturePlugin;
  readonly capture: ChangeCapture;
}

/** What a run may learn changes from. */
export interface CaptureChoice {
  /** What the configuration allows, the preferred one first: one that it names, or several to choose from. */
  readonly allowed: readonly [NamedCapture, ...NamedCapture[]];
  /** Sluice's own that the configuration does not allow: somebody may have provisioned them before. */
  readonly others?: readonly CapturePlugin[];
  /** Starts what the configuration no longer names. Rejects with a SluiceError where it cannot be started. */
  reopen(plugin: CapturePlugin): Promise<NamedCapture>;
}
