import { isSluiceError } from '@sluice/core';
import type { ListedGeneration } from '@sluice/core/engine';
import { BaseCommand } from '../base-command.ts';

export default class IndexesList extends BaseCommand {
  static override summary = 'List every generation of every index: its state, size and who writes to it.';
  static override description =
    'Reads what the sinks remember, of indexes that are no longer in the configuration, too. Asks the source nothing and changes nothing. `indexes prune` removes what nobody uses.';
  static override examples = ['<%= config.bin %> indexes', '<%= config.bin %> indexes --json'];

  static override aliases = ['indexes:list'];

  async run(): Promise<readonly ListedGeneration[]> {
    const { flags } = await this.parse(IndexesList);
    const [deployments, { quietLogger }, { listGenerations, readGenerations }, { renderGenerations }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../log/quiet-logger.ts'),
        import('@sluice/core/engine'),
        import('../generations/render-generations.ts'),
      ]);
    const config = await deployments.readConfiguration(flags);
    await using deployment = await deployments.openDeployment(this.config, config, {
      logger: quietLogger(),
      parts: ['sinks'],
    });
    const listed: ListedGeneration[] = [];
    const failures: unknown[] = [];
    for (const sink of deployment.sinks) {
      try {
        listed.push(...(await listGenerations(await readGenerations(sink, config.indexes))));
      } catch (error) {
        // An optional sink that is away keeps nobody from seeing the others.
        if (sink.required || !isSluiceError(error)) throw error;
        failures.push(error);
        this.logToStderr(`warning: the optional sink "${sink.name}" is left out: ${error.message}`);
      }
    }
    if (failures.length > 0 && failures.length === deployment.sinks.length) throw failures[0];
    this.log(listed.length === 0 ? 'No sink remembers any generation yet.' : renderGenerations(listed));
    return listed;
  }
}
