import Build from './commands/build.ts';
import Check from './commands/check.ts';
import DeadLettersDiscard from './commands/dead-letters-discard.ts';
import DeadLettersList from './commands/dead-letters-list.ts';
import DeadLettersRetry from './commands/dead-letters-retry.ts';
import DeadLettersShow from './commands/dead-letters-show.ts';
import Demo from './commands/demo.ts';
import IndexesList from './commands/indexes-list.ts';
import IndexesPrune from './commands/indexes-prune.ts';
import PluginCreate from './commands/plugin-create.ts';
import PluginVerify from './commands/plugin-verify.ts';
import PluginsInstall from './commands/plugins-install.ts';
import PluginsLink from './commands/plugins-link.ts';
import PluginsList from './commands/plugins-list.ts';
import PluginsUninstall from './commands/plugins-uninstall.ts';
import Preview from './commands/preview.ts';
import Provision from './commands/provision.ts';
import Reindex from './commands/reindex.ts';
import Run from './commands/run.ts';
import SchemaConfig from './commands/schema-config.ts';
import SchemaIndex from './commands/schema-index.ts';
import Status from './commands/status.ts';
import Verify from './commands/verify.ts';
import Wait from './commands/wait.ts';

/** Every command by its id: oclif finds them here, and the reference page is made from them. */
export const commands = {
  build: Build,
  check: Check,
  'dead-letters:discard': DeadLettersDiscard,
  'dead-letters:list': DeadLettersList,
  'dead-letters:retry': DeadLettersRetry,
  'dead-letters:show': DeadLettersShow,
  demo: Demo,
  indexes: IndexesList,
  'indexes:prune': IndexesPrune,
  'plugin:create': PluginCreate,
  'plugin:verify': PluginVerify,
  plugins: PluginsList,
  'plugins:install': PluginsInstall,
  'plugins:link': PluginsLink,
  'plugins:uninstall': PluginsUninstall,
  preview: Preview,
  provision: Provision,
  reindex: Reindex,
  run: Run,
  'schema:config': SchemaConfig,
  'schema:index': SchemaIndex,
  verify: Verify,
  status: Status,
  wait: Wait,
};
