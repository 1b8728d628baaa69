import type { JsonObject } from '@sluice/core';
import { BaseCommand } from '../base-command.ts';

export default class SchemaIndex extends BaseCommand {
  static override summary = 'Print the JSON Schema of *.schema.yml files.';
  static override description =
    'Editors complete and check with it. Save it and name it in the first line of a schema: `# yaml-language-server: $schema=./index.schema.json`.';
  static override examples = ['<%= config.bin %> schema index > index.schema.json'];

  async run(): Promise<JsonObject> {
    await this.parse(SchemaIndex);
    const { jsonSchemaForSchemaFiles } = await import('@sluice/core/schema');
    const schema = jsonSchemaForSchemaFiles();
    this.log(JSON.stringify(schema, null, 2));
    return schema;
  }
}
