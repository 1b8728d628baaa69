import { PLUGIN_API, type Plugin } from '@sluice/core';
import { TriggerCapture } from './capture.ts';
import { type TriggerOptions, triggerOptions } from './options.ts';

const plugin: Plugin<'capture', TriggerOptions> = {
  api: PLUGIN_API,
  kind: 'capture',
  name: 'triggers',
  summary: 'Follows changes through triggers and an outbox table',
  options: triggerOptions,
  create: (context, options) => new TriggerCapture(context, options),
};

export default plugin;
export { TriggerCapture } from './capture.ts';
export { type TriggerOptions, triggerOptions } from './options.ts';
