import { pluginChecks } from '../conformance/index.ts';
import type { Plugin } from '../contracts/index.ts';
import { describeChecks } from './describe-checks.ts';

/** Makes a test of every promise that a plugin makes of its options, whatever its kind. */
export function describePlugin(plugin: Plugin): void {
  describeChecks(`the ${plugin.kind} plugin ${plugin.name}`, pluginChecks, plugin);
}
