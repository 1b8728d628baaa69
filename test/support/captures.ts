import type { CaptureRequirements, Logger, PluginContext, RequiredTable } from '@sluice/core';
import { pluginContext } from '@sluice/core/conformance';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** What a capture gets from its host, and what it says to it. */
export function recordingContext(connection: string): { context: PluginContext; log: LogLine[] } {
  const log: LogLine[] = [];
  const write =
    (level: string): Logger['info'] =>
    (message, fields) => {
      log.push({ level, message, fields });
    };
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { context: pluginContext({ connection, logger }), log };
}

/** A required table `public.name` (or `schema.name`). */
export function table(
  name: string,
  key: readonly string[],
  links: readonly string[] = key,
  watched: readonly string[] = links,
): RequiredTable {
  const [schema, rest] = name.includes('.') ? name.split('.') : ['public', name];
  return {
    table: { schema: schema ?? '', name: rest ?? '' },
    key,
    links: [...new Set([...key, ...links])],
    watched: [...new Set([...key, ...links, ...watched])],
    uses: [{ index: 'things', role: 'root', field: '' }],
  };
}

export const requirements = (...tables: RequiredTable[]): CaptureRequirements => ({ tables });

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;
