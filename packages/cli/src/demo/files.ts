import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The shop's SQL and configuration, as they are shipped. */
export const demoFolder = new URL('../../demo/', import.meta.url);

const schemas = ['customers.schema.yml', 'products.schema.yml'];

/** The demo's deployment as a user would have it: a folder with `sluice.yaml` and its schemas. */
export interface DemoFiles extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
}

/** Writes the files into a new folder of the system's temporary ones; disposal removes it. */
export async function writeDemoFiles(sink: 'opensearch' | 'stdout'): Promise<DemoFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const copy = (from: string, to: string) =>
    copyFile(fileURLToPath(new URL(from, demoFolder)), join(folder, to));
  await copy(sink === 'opensearch' ? 'sluice.yaml' : 'sluice.stdout.yaml', 'sluice.yaml');
  await Promise.all(schemas.map((name) => copy(name, name)));
  return {
    folder,
    config: join(folder, 'sluice.yaml'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
