import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { DemoResult } from '../demo/run-demo.ts';
import { durationFlag } from '../duration-flag.ts';

export default class Demo extends BaseCommand {
  static override summary = 'Run a whole deployment and watch documents follow rows; Ctrl-C removes it.';
  static override description =
    'Starts a Postgres of its own with a small shop that keeps changing, an OpenSearch where one can be had (one you name, a container, a local Java with Maven), and Sluice between them. Nothing that was there before is touched.';
  static override examples = [
    '<%= config.bin %> demo',
    '<%= config.bin %> demo --opensearch http://localhost:9200',
    '<%= config.bin %> demo --sink stdout --duration 30s',
  ];

  static override flags = {
    sink: Flags.option({ options: ['auto', 'opensearch', 'stdout'] as const, default: 'auto' })({
      summary: 'Where documents go. auto: OpenSearch where one can be had.',
      env: 'SLUICE_DEMO_SINK',
    }),
    opensearch: Flags.string({
      summary: 'Use this OpenSearch; the indexes of the demo have a prefix of their own and are removed.',
      env: 'SLUICE_DEMO_OPENSEARCH',
      helpValue: 'URL',
    }),
    port: Flags.integer({
      summary: 'Port of the Postgres on this machine. Default: a free one.',
      env: 'SLUICE_DEMO_PORT',
      min: 1,
      max: 65_535,
      helpValue: 'PORT',
    }),
    duration: durationFlag({
      summary: 'Close the shop after this long, compare every document with its rows, and exit.',
      env: 'SLUICE_DEMO_DURATION',
    }),
    keep: Flags.boolean({
      summary: 'Leave the configuration folder, and the indexes in the OpenSearch that you named.',
      env: 'SLUICE_DEMO_KEEP',
    }),
  };

  async run(): Promise<DemoResult | { readonly outcome: 'stopped' }> {
    const { flags } = await this.parse(Demo);
    const [{ runDemo }, { untilStopped }, { deployDemo }] = await Promise.all([
      import('../demo/run-demo.ts'),
      import('../signals.ts'),
      import('../demo/deploy.ts'),
    ]);
    const { result, exitCode } = await untilStopped(async (signal) => {
      try {
        return await runDemo({
          sink: flags.sink,
          openSearchUrl: flags.opensearch,
          postgresPort: flags.port,
          duration: flags.duration ?? null,
          keep: flags.keep,
          deploy: deployDemo(this.config),
          say: (line) => this.log(line),
          palette: this.palette,
          signal,
        });
      } catch (error) {
        if (!signal.aborted || error !== signal.reason) throw error;
        this.log('Stopped before the shop was open. Everything is removed.');
        return { outcome: 'stopped' as const };
      }
    });
    if (exitCode !== null) process.exitCode = exitCode;
    return result;
  }
}
