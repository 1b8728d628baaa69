import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

/**
 * Writes the files into a new folder of the system's temporary ones; disposal removes it, unless
 * `keep`.
 *
 * @param prefix what index names begin with; '' for an OpenSearch of the demo's own
 */
export async function writeDemoFiles(
  sink: 'opensearch' | 'stdout',
  prefix: string,
  keep: boolean,
): Promise<DemoFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const source = sink === 'opensearch' ? 'sluice.yaml' : 'sluice.stdout.yaml';
  const config = await readFile(new URL(source, demoFolder), 'utf8');
  const ending = prefix === '' ? '' : `\nprefix: ${prefix}\n`;
  await writeFile(join(folder, 'sluice.yaml'), `${config}${ending}`);
  for (const name of schemas) await copyFile(fileURLToPath(new URL(name, demoFolder)), join(folder, name));
  return {
    folder,
    config: join(folder, 'sluice.yaml'),
    [Symbol.asyncDispose]: async () => {
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
