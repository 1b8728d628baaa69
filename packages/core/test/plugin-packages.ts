import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PluginKind } from '../src/contracts/index.ts';

/** A directory with packages of plugins, for tests. */
export interface PluginPackages extends AsyncDisposable {
  readonly directory: string;
  /** Writes a package under the directory and gives back its root. */
  add(place: string, description?: PluginPackage): Promise<string>;
  write(file: string, text: string): Promise<string>;
}

export interface PluginPackage {
  readonly package?: string;
  readonly version?: string;
  /** Over the valid manifest; null: no manifest. */
  readonly manifest?: Readonly<Record<string, unknown>> | null | string;
  readonly kind?: PluginKind;
  readonly name?: string;
  /** The entry's text; by default a plugin whose product remembers what it was made with. */
  readonly code?: string;
}

/** The members that a product of each kind must have, as JavaScript. */
const members: Readonly<Record<PluginKind, string>> = {
  capture: methods(
    'inspect provision script deprovision settled stream acknowledge barrier comparePositions identity acknowledged lag',
  ),
  documents: methods('source version bind fence resolve build split scan absent'),
  sink: `ordering: 'versioned', ${methods('ensureIndex write fingerprint')}`,
  queue: `durable: false, ${methods('publish take depth')}`,
};

function methods(names: string): string {
  return names
    .split(' ')
    .map((name) => `${name}() {}`)
    .join(', ');
}

export async function pluginPackages(): Promise<PluginPackages> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-plugins-'));
  const write = async (file: string, text: string): Promise<string> => {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  return {
    directory,
    write,
    add: async (place, description = {}) => {
      const { kind = 'sink', name = 'mine', version = '1.0.0', manifest = {} } = description;
      const sluice =
        typeof manifest === 'object' && manifest !== null
          ? { api: 1, kind, name, entry: './index.js', ...manifest }
          : manifest;
      const json = {
        name: description.package ?? place.replace(/^.*node_modules\//, ''),
        version,
        type: 'module',
        sluice,
      };
      await write(
        join(place, 'package.json'),
        JSON.stringify(manifest === null ? { ...json, sluice: undefined } : json),
      );
      await write(join(place, 'index.js'), description.code ?? pluginCode(kind, name));
      return join(directory, place);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

/**
 * A plugin in JavaScript with a schema of its own making: `{ text?: string, size?: number }`.
 * Its products write `made` and `closed` lines to `globalThis.sluiceTestLog`.
 */
export function pluginCode(kind: PluginKind, name: string, create?: string): string {
  return `
const log = (line) => (globalThis.sluiceTestLog ??= []).push(line);
const types = { text: 'string', size: 'number' };
const validate = (value) => {
  const issues = Object.entries(value).flatMap(([key, item]) =>
    types[key] === undefined ? [{ message: 'unknown', code: 'unrecognized_keys', keys: [key], path: [] }]
    : typeof item !== types[key] ? [{ message: 'wrong', code: 'invalid_type', expected: types[key], path: [{ key }] }] : []);
  return issues.length > 0 ? { issues } : { value: { ...value, checked: true } };
};
const jsonSchema = { input: () => ({ type: 'object', properties: { text: {}, size: {} } }) };
export default {
  api: 1, kind: '${kind}', name: '${name}', summary: 'for tests',
  options: { '~standard': { version: 1, vendor: 'test', validate, jsonSchema } },
  ${
    create ??
    `create(context, options) {
    log('made ${name}');
    return { context, options, ${members[kind]}, async close() { log('closed ${name}'); } };
  },`
  }
};
`;
}
