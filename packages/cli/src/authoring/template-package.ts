import { PLUGIN_API } from '@sluice/core';
import type { PluginNames } from './plugin-name.ts';

export const templateKinds = ['sink', 'capture', 'queue'] as const;
export type TemplateKind = (typeof templateKinds)[number];

const summaries: Readonly<Record<TemplateKind, string>> = {
  sink: 'Appends documents to NDJSON files',
  capture: 'Follows a journal that the application writes',
  queue: 'A bounded queue in memory',
};

/**
 * The package.json of a new plugin. What it imports of `@sluice/core` at run time is nothing: the peer
 * dependency says which version it was made for, and is optional, so that installing the plugin by
 * itself brings no second copy of the core.
 */
export function packageJson(
  kind: TemplateKind,
  { package: name, short }: PluginNames,
  version: string,
): string {
  const content = {
    name,
    version: '0.1.0',
    description: `Sluice ${kind}: ${summaries[kind].toLowerCase().replace('ndjson', 'NDJSON')}`,
    license: 'Apache-2.0',
    keywords: ['sluice', 'sluice-plugin', `sluice-${kind}`],
    type: 'module',
    engines: { node: '>=20.19' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist', '!dist/**/*.test.*'],
    scripts: {
      build: 'tsc',
      // What was renamed since stays in dist, and would be published.
      clean: `node -e "fs.rmSync('dist', { recursive: true, force: true })"`,
      test: 'vitest run --dir src --testTimeout 120000',
      verify: 'sluice plugin verify',
      prepack: 'npm run clean && npm run build',
      prepublishOnly: 'npm test',
    },
    dependencies: { zod: '^4.6.7' },
    devDependencies: {
      '@sluice/core': `^${version}`,
      '@types/node': '^20.19.0',
      typescript: '^7.0.2',
      vitest: '^4.1.12',
    },
    peerDependencies: { '@sluice/core': `>=${version}` },
    peerDependenciesMeta: { '@sluice/core': { optional: true } },
    sluice: {
      api: PLUGIN_API,
      kind,
      name: short,
      entry: './dist/index.js',
      conformance: './dist/conformance.js',
      summary: summaries[kind],
    },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
