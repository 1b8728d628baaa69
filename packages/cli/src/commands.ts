import Build from './commands/build.ts';
import Check from './commands/check.ts';
import Demo from './commands/demo.ts';
import PluginsList from './commands/plugins-list.ts';
import Preview from './commands/preview.ts';
import Provision from './commands/provision.ts';
import Run from './commands/run.ts';
import SchemaConfig from './commands/schema-config.ts';
import SchemaIndex from './commands/schema-index.ts';

/**
 * Every command by its id: oclif finds them here, and the reference page is made from them.
 * `plugins` takes the place of the one that oclif's own plugin for plugins has.
 */
export const commands = {
  build: Build,
  check: Check,
  demo: Demo,
  plugins: PluginsList,
  preview: Preview,
  provision: Provision,
  run: Run,
  'schema:config': SchemaConfig,
  'schema:index': SchemaIndex,
};
