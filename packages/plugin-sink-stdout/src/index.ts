import { PLUGIN_API, type Plugin } from '@sluice/core';
import { type StdoutOptions, stdoutOptions } from './options.ts';
import { createStdoutSink } from './stdout-sink.ts';

const plugin: Plugin<'sink', StdoutOptions> = {
  api: PLUGIN_API,
  kind: 'sink',
  name: 'stdout',
  summary: 'Writes documents to standard output, one JSON line each',
  options: stdoutOptions,
  create: (context) => createStdoutSink(context.stdout),
};

export default plugin;
export { type StdoutOptions, stdoutOptions } from './options.ts';
