import type { JsonObject } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';
import type { PluginOptions } from '../schema/config-schema.ts';

export default class SchemaConfig extends BaseCommand {
  static override summary = 'Print the JSON Schema of sluice.yaml, with the options of your plugins.';
  static override description =
    'Editors complete and check with it. Save it beside the configuration and name it in the first line: `# yaml-language-server: $schema=./sluice.schema.json`.';
  static override examples = ['<%= config.bin %> schema config > sluice.schema.json'];

  async run(): Promise<JsonObject> {
    await this.parse(SchemaConfig);
    const [{ hostFor }, { configShape, inputSchemaOf }, { configJsonSchema }, { describeError }] =
      await Promise.all([
        import('../plugin-host.ts'),
        import('@sluice/core/config'),
        import('../schema/config-schema.ts'),
        import('../output/describe-error.ts'),
      ]);
    const asObject = (schema: unknown) =>
      typeof schema === 'object' && schema !== null ? (schema as JsonObject) : null;
    const host = await hostFor(this.config, process.cwd());
    const plugins: PluginOptions[] = [];
    for (const { kind, name, problem } of await host.list()) {
      if (kind === null || name === null || problem !== null) continue;
      if (plugins.some((known) => known.kind === kind && known.name === name)) continue;
      try {
        const { plugin } = await host.load(kind, name);
        const options = asObject(inputSchemaOf(plugin.options));
        plugins.push({ kind, name, summary: plugin.summary, options });
      } catch (error) {
        // A plugin that nobody may ever name must not keep editors from helping with the others.
        const { message } = describeError(error);
        this.logToStderr(`warning: ${message}`);
      }
    }
    const schema = configJsonSchema(asObject(inputSchemaOf(configShape)) ?? {}, plugins);
    this.log(JSON.stringify(schema, null, 2));
    return schema;
  }
}
