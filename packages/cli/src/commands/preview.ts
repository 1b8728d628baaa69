import { Args, Flags } from '@oclif/core';
import { SluiceError } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import { indentJson, RawJson } from '../output/raw-json.ts';

interface Previewed {
  readonly index: string;
  readonly id: string;
  readonly routing: string | null;
  /** null: there is no document (no such row, or it is filtered out). */
  readonly document: unknown;
  readonly sql?: string;
  readonly plan?: readonly string[];
}

export default class Preview extends BaseCommand {
  static override summary = 'Show the document of one row as it would be now; touches no sink.';
  static override description =
    'Without a key: the first row of the table. The parts of a composite key are written one after the other.';
  static override examples = [
    '<%= config.bin %> preview users 17',
    '<%= config.bin %> preview users --sql',
    '<%= config.bin %> preview order_lines 1234 2 --explain',
  ];
  static override usage = 'preview INDEX [KEY...]';
  static override strict = false;

  static override args = {
    index: Args.string({ description: 'An index of the configuration.', required: true }),
    key: Args.string({
      description: 'The key of a row of its table; all of its values where it is made of several columns.',
    }),
  };

  static override flags = {
    sql: Flags.boolean({
      summary: 'Show the SQL that reads the document.',
      env: 'SLUICE_PREVIEW_SQL',
    }),
    explain: Flags.boolean({
      summary: "Show how Postgres runs it: EXPLAIN (ANALYZE, BUFFERS)'s plan.",
      env: 'SLUICE_PREVIEW_EXPLAIN',
    }),
  };

  async run(): Promise<Previewed> {
    const { args, flags, argv } = await this.parse(Preview);
    const [{ readConfiguration, openDeployment }, { quietLogger }, { bindAll }, { findDocument }] =
      await Promise.all([
        import('../deployment.ts'),
        import('../log/quiet-logger.ts'),
        import('../binding.ts'),
        import('../preview/find-document.ts'),
      ]);
    const config = await readConfiguration(flags);
    const wanted = config.indexes.find(({ name }) => name === args.index);
    if (wanted === undefined) throw await noSuchIndex(args.index, config.indexes);
    const only = { ...config, indexes: [{ ...wanted, enabled: true }] };
    await using deployment = await openDeployment(this.config, only, {
      logger: quietLogger(),
      parts: ['documents'],
    });
    const { documents } = deployment;
    const { plans } = await bindAll(deployment);
    const [plan] = plans;
    if (plan === undefined) throw new SluiceError('SLUICE_INTERNAL', `Index "${args.index}" has no plan.`);
    const found = await findDocument(documents, plan, argv.slice(1).map(String));
    const shown = flags.sql || flags.explain ? await documents.explain?.(plan, [found]) : undefined;
    if ((flags.sql || flags.explain) && shown === undefined) {
      throw new SluiceError('SLUICE_USAGE', 'The document builder of this configuration shows no SQL.');
    }
    if (flags.sql && shown !== undefined) this.log(`${shown.sql}\n`);
    if (flags.explain && shown !== undefined) this.log(`${shown.plan.join('\n')}\n`);
    this.log(
      found.body === null
        ? `There is no document ${args.index}/${found.id}: no such row, or its filters leave it out.`
        : indentJson(found.body),
    );
    return {
      index: args.index,
      id: found.id,
      routing: found.routing,
      document: found.body === null ? null : new RawJson(found.body),
      ...(flags.sql && shown !== undefined ? { sql: shown.sql } : {}),
      ...(flags.explain && shown !== undefined ? { plan: shown.plan } : {}),
    };
  }
}

async function noSuchIndex(
  name: string,
  indexes: readonly { readonly name: string }[],
): Promise<SluiceError> {
  const { suggestionHint } = await import('@sluice/core/config');
  return new SluiceError('SLUICE_USAGE', `The configuration has no index "${name}".`, {
    hint: suggestionHint(
      name,
      indexes.map((index) => index.name),
    ),
  });
}
