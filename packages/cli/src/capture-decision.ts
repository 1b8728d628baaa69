import type { CaptureRequirements, StoredRecord } from '@sluice/core';
import {
  type CaptureDecision,
  type CapturePlugin,
  chooseCapture,
  generationRecords,
  namedPlugins,
} from '@sluice/core/engine';
import type { Deployment } from './deployment.ts';
import { describeError } from './output/describe-error.ts';

/** What a sink keeps beside the documents, by the sink's name. */
export type SinkRecords = ReadonlyMap<string, readonly StoredRecord[]>;

/** Asks every sink. @throws what the first sink that does not answer says */
export async function readSinkRecords({ sinks }: Deployment<'sinks'>): Promise<SinkRecords> {
  return new Map(
    await Promise.all(
      sinks.map(async ({ name, sink }) => [name, (await sink.records?.list()) ?? []] as const),
    ),
  );
}

/** Which capture a run would follow, and which one it would change to. */
export async function decideCapture(
  { capture, config, sinks }: Deployment<'capture' | 'sinks'>,
  required: CaptureRequirements,
  records: SinkRecords,
): Promise<CaptureDecision> {
  return chooseCapture({
    choice: capture,
    records: new Map(sinks.map((sink) => [sink, generationRecords(records.get(sink.name) ?? [])])),
    indexes: config.indexes.filter(({ enabled }) => enabled),
    required,
    provision: true,
  });
}

export interface FormerCaptures {
  readonly plugins: readonly CapturePlugin[];
  /** Why a sink could not be asked, a line each. */
  readonly unknown: readonly string[];
}

/** Every capture that may have something in the source for these indexes, as far as the sinks that answer remember. */
export async function rememberedCaptures({ config, sinks }: Deployment<'sinks'>): Promise<FormerCaptures> {
  const plugins = new Map<string, CapturePlugin>();
  const unknown: string[] = [];
  for (const { name, sink } of sinks) {
    try {
      const records = generationRecords((await sink.records?.list()) ?? []);
      for (const { index, capture } of records) {
        if (!config.indexes.some((each) => each.name === index)) continue;
        for (const plugin of namedPlugins(capture)) plugins.set(plugin.name, plugin);
      }
    } catch (error) {
      unknown.push(`sink ${name}: ${describeError(error).message}`);
    }
  }
  return { plugins: [...plugins.values()], unknown };
}
