import { defineConfig } from 'vitest/config';

// One project per need: `unit` needs nothing, `pg` a Postgres, `os` an OpenSearch, `e2e` both and
// the built command. Tests run on sources: the condition `sluice-source` maps every workspace to src.
const shared = {
  resolve: { conditions: ['sluice-source'] },
  ssr: { resolve: { conditions: ['sluice-source'], externalConditions: ['sluice-source'] } },
};
const server = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false };

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'test/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
          exclude: ['**/*.{pg,os,e2e}.test.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      ...(['pg', 'os', 'e2e'] as const).map((need) => ({
        ...shared,
        test: {
          name: need,
          include: [`packages/*/src/**/*.${need}.test.ts`, `test/**/*.${need}.test.ts`],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: [`./test/support/global-${need}.ts`],
          ...server,
        },
      })),
    ],
  },
});
