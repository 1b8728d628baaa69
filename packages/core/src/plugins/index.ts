export { createPlugin } from './create-plugin.ts';
export {
  discoverPlugins,
  findPackageRoot,
  type KnownPackage,
  type PluginSource,
  readPackage,
  type SearchedPlace,
} from './discover.ts';
export { type ExaminedPackage, examinePackage, importDriver } from './examine-package.ts';
export { findPlugin, nearestCopies } from './find-plugin.ts';
export { importFound, isPluginPath, type LoadedPlugin } from './import-plugin.ts';
export { type FoundPlugin, type PluginOrigin, pluginKinds, readManifest } from './manifest.ts';
export {
  createPluginHost,
  type PluginHost,
  type PluginHostOptions,
  type PreparedPlugin,
  type ReferencePlaces,
} from './plugin-host.ts';
export type { PluginInfo } from './plugin-info.ts';
