import Build from './commands/build.ts';
import Check from './commands/check.ts';
import Demo from './commands/demo.ts';
import PluginCreate from './commands/plugin-create.ts';
import { PluginsInstall, PluginsLink, PluginsUninstall } from './commands/plugins-change.ts';
import PluginsList from './commands/plugins-list.ts';
import Preview from './commands/preview.ts';
import Provision from './commands/provision.ts';
import Run from './commands/run.ts';
import SchemaConfig from './commands/schema-config.ts';
import SchemaIndex from './commands/schema-index.ts';

/**
 * Every command by its id: oclif finds them here, and the reference page is made from them.
 * Those of `plugins` take the place of the ones in oclif's own plugin for plugins.
 */
export const commands = {
  build: Build,
  check: Check,
  demo: Demo,
  'plugin:create': PluginCreate,
  plugins: PluginsList,
  'plugins:install': PluginsInstall,
  'plugins:link': PluginsLink,
  'plugins:uninstall': PluginsUninstall,
  preview: Preview,
  provision: Provision,
  run: Run,
  'schema:config': SchemaConfig,
  'schema:index': SchemaIndex,
};
