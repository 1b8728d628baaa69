import type { Plugin } from '../contracts/index.ts';
import type { ConformanceCheck } from './check.ts';

const strangeKey = 'no_plugin_has_this_option';

/** What every plugin promises of its options, whatever its kind. The driver is the plugin itself. */
export const pluginChecks: readonly ConformanceCheck<Plugin>[] = [
  {
    name: 'answers any options with a value or with issues, and never throws',
    async run({ options }) {
      for (const input of [undefined, null, {}, [], 'text', { [strangeKey]: 1 }]) {
        const seen: unknown = await options['~standard'].validate(input);
        const answer = typeof seen === 'object' && seen !== null ? seen : {};
        const issues = 'issues' in answer ? answer.issues : undefined;
        if (issues === undefined ? 'value' in answer : Array.isArray(issues) && issues.length > 0) continue;
        throw new Error(
          `For ${JSON.stringify(input)}: expected { value } or { issues } with one issue at least, saw ${JSON.stringify(seen)}`,
        );
      }
    },
  },
  {
    name: 'refuses an option that it does not know, so that a mistyped one is noticed',
    async run({ options }) {
      const { issues = [] } = await options['~standard'].validate({ [strangeKey]: 1 });
      // Other issues come beside it where options are required.
      const told = issues.some((issue) =>
        `${issue.message} ${JSON.stringify(issue.path)} ${JSON.stringify(issue)}`.includes(strangeKey),
      );
      if (told) return;
      throw new Error(`Expected an issue that names the option ${strangeKey}, saw ${JSON.stringify(issues)}`);
    },
  },
  {
    name: 'refuses options that are no object',
    async run({ options }) {
      for (const input of ['text', 1, true]) {
        const { issues } = await options['~standard'].validate(input);
        if (issues === undefined)
          throw new Error(`Expected issues for the options ${JSON.stringify(input)}, saw none`);
      }
    },
  },
];
