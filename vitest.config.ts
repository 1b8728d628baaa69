import { defineConfig } from 'vitest/config';

// One project per need: `unit` needs nothing, `pg` a Postgres, `os` an OpenSearch, `e2e` both and
// the built command, `packaging` a Postgres and npm's registry. Tests run on sources: the condition
// `sluice-source` maps every workspace to src.
const shared = {
  resolve: { conditions: ['sluice-source'] },
  ssr: { resolve: { conditions: ['sluice-source'], externalConditions: ['sluice-source'] } },
};
const server = { testTimeout: 300_000, hookTimeout: 300_000 };
const notTests = ['**/node_modules/**', '**/dist/**'];

// The same files once for each capture. A file that is about one of them says so in its name; those that
// choose for themselves, or are about both at once, run with the first project.
const ofOneCapture = { wal: '**/*.wal.e2e.test.ts', triggers: '**/*.triggers.e2e.test.ts' };
const choosing = ['test/faults/{switching,switching-killed,switching-sinks,auto-capture,pooler}.e2e.test.ts'];
// What is about sinks, generations and commands, whatever brings the changes, runs with one capture here and with both in
// the matrix.
const ofTheSink =
  process.env['SLUICE_TEST_MATRIX'] === 'yes'
    ? []
    : [
        'test/e2e/{dead-letters,rejected-documents,status,verify,wait}.e2e.test.ts',
        'test/faults/{generation-steps,generations,lying-sink,shared-place,two-sinks}.e2e.test.ts',
        'test/regressions/{former-generation,moving-routing,rejected-in-range,slow-optional-sink,stopped-index}.e2e.test.ts',
      ];
// A server that is too old for the log.
const withoutLog = process.env['SLUICE_TEST_LOG'] === 'no' ? ['packages/plugin-cdc-wal/**'] : [];
const onlyCapture = process.env['SLUICE_TEST_CAPTURE'] || undefined;

export default defineConfig({
  ...shared,
  test: {
    // Most tests wait for servers more than they compute, and all share one Postgres and one OpenSearch:
    // three files at once keep two cores busy. More would make what waits for a moment miss it.
    maxWorkers: 3,
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
          exclude: ['**/*.{pg,os,e2e,packaging,long}.test.ts', ...notTests],
          // They run beside what keeps all cores busy.
          testTimeout: 30_000,
        },
      },
      ...(['pg', 'os'] as const).map((need) => ({
        ...shared,
        test: {
          name: need,
          include: [`packages/*/src/**/*.${need}.test.ts`, `test/**/*.${need}.test.ts`],
          exclude: [...withoutLog, ...notTests],
          globalSetup: [`./test/support/global-${need}.ts`],
          ...server,
        },
      })),
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['{packages,test}/**/*.e2e.test.ts'],
          exclude: [onlyCapture === 'triggers' ? ofOneCapture.wal : ofOneCapture.triggers, ...notTests],
          globalSetup: ['./test/support/global-e2e.ts'],
          ...server,
        },
      },
      ...(onlyCapture === undefined
        ? [
            {
              ...shared,
              test: {
                name: 'e2e-triggers',
                include: ['test/{e2e,faults,regressions,soak}/*.e2e.test.ts'],
                exclude: [ofOneCapture.wal, ...choosing, ...ofTheSink, ...notTests],
                env: { SLUICE_TEST_CAPTURE: 'triggers' },
                globalSetup: ['./test/support/global-e2e.ts'],
                ...server,
              },
            },
          ]
        : []),
      // Only where it is asked for: it lasts as long as it is told to.
      ...(process.argv.includes('soak')
        ? [{ ...shared, test: { name: 'soak', include: ['test/soak/*.long.test.ts'], ...server } }]
        : []),
      {
        ...shared,
        test: {
          name: 'packaging',
          include: ['test/**/*.packaging.test.ts'],
          globalSetup: ['./test/support/global-pg.ts'],
          ...server,
        },
      },
    ],
  },
});
