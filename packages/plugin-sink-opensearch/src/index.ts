import { PLUGIN_API, type Plugin } from '@sluice/core';
import { createOpensearchSink } from './opensearch-sink.ts';
import { type OpensearchOptions, opensearchOptions } from './options.ts';

const plugin: Plugin<'sink', OpensearchOptions> = {
  api: PLUGIN_API,
  kind: 'sink',
  name: 'opensearch',
  summary: 'Keeps documents in OpenSearch indexes, versioned, behind aliases',
  options: opensearchOptions,
  create: createOpensearchSink,
};

export default plugin;
export { type OpensearchOptions, opensearchOptions } from './options.ts';
