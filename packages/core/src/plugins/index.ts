export { createPlugin } from './create-plugin.ts';
export { discoverPlugins, findPackageRoot, type PluginSource, type SearchedPlace } from './discover.ts';
export { type ExaminedPackage, examinePackage, importDriver } from './examine-package.ts';
export { findPlugin } from './find-plugin.ts';
export { isPluginPath, type LoadedPlugin } from './import-plugin.ts';
export { type FoundPlugin, type PluginOrigin, pluginKinds, readManifest } from './manifest.ts';
export {
  createPluginHost,
  type PluginHost,
  type PluginHostOptions,
  type PluginInfo,
  type PreparedPlugin,
  type ReferencePlaces,
} from './plugin-host.ts';
