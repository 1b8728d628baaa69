import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';

export default class Build extends BaseCommand {
  static override summary = 'Write configuration and schemas into one portable sluice.lock.';
  static override description =
    'The lock is readable, holds no secrets (references to the environment stay references), and is the same for the same content. `sluice run --locked` runs exactly what is in it.';
  static override examples = ['<%= config.bin %> build', '<%= config.bin %> build --lock deploy/search.lock'];

  static override flags = {
    lock: Flags.string({
      summary: 'Where to write. Default: sluice.lock beside the configuration.',
      env: 'SLUICE_LOCK',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<{ readonly file: string; readonly indexes: readonly string[] }> {
    const { flags } = await this.parse(Build);
    const [{ writeFile }, { resolve }, { loadConfig, writeLock }] = await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('@sluice/core/config'),
    ]);
    const config = await loadConfig({
      cwd: process.cwd(),
      file: flags.config,
      env: process.env,
      unset: 'keep',
    });
    const file = flags.lock === undefined ? resolve(config.baseDir, 'sluice.lock') : resolve(flags.lock);
    await writeFile(file, writeLock(config));
    const indexes = config.indexes.map(({ name }) => name);
    this.log(`Wrote ${file} with ${indexes.length} ${indexes.length === 1 ? 'index' : 'indexes'}.`);
    return { file, indexes };
  }
}
