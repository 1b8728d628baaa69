import { PLUGIN_API, type Plugin } from '@sluice/core';
import { WalCapture } from './capture.ts';
import { type WalOptions, walOptions } from './options.ts';

const plugin: Plugin<'capture', WalOptions> = {
  api: PLUGIN_API,
  kind: 'capture',
  name: 'wal',
  summary: 'Follows the write-ahead log through logical replication',
  options: walOptions,
  create: (context, options) => new WalCapture(context, options),
};

export default plugin;
export { WalCapture } from './capture.ts';
export { type WalOptions, walOptions } from './options.ts';
