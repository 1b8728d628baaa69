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
    for (const sink of deployment.sinks) {
      listed.push(...(await listGenerations(await readGenerations(sink, config.indexes))));
    }
    this.log(listed.length === 0 ? 'No sink remembers any generation yet.' : renderGenerations(listed));
    return listed;
  }
}
