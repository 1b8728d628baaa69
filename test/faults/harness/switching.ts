import type { Mechanism } from '../../e2e/harness/captures.ts';
import type { LogEvent } from '../../e2e/harness/sluice-process.ts';

export const said = (text: string) => (event: LogEvent) => event.msg.includes(text);

/** What a process says that has come to the other capture. */
export const switched = (to: Mechanism) => `the indexes follow ${to} from here on`;
