// The benchmark of the trigger capture: `npm run bench:triggers -- [--only cost,throughput,…] [--runs 5]`.
// Prints what was measured beside what is aimed at; ends with 1 where a target is missed.
// `bloat` (ten million rows, some minutes) runs only where it is named.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCost } from './cost.mjs';
import { measureBacklog, measureBloat, measureReader, measureSustained } from './reader.mjs';
import { printReport } from './report.mjs';
import { measureSink } from './sink.mjs';
import { measureThroughput } from './throughput.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: 'cost,throughput,reader,sustained,backlog,sink' },
    runs: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '6' },
    backlog: { type: 'string', default: '2000000' },
    sustained: { type: 'string', default: '60' },
    bloat: { type: 'string', default: '10000000' },
    users: { type: 'string', default: '20000' },
    updates: { type: 'string', default: '20000' },
  },
});
const number = (name) => Number(flags[name]);
const log = (line) => process.stderr.write(`${line}\n`);

const sections = {
  cost: () => measureCost({ rounds: number('rounds'), log }),
  throughput: () => measureThroughput({ runs: number('runs'), seconds: number('seconds'), log }),
  reader: () => measureReader({ runs: number('runs'), log }),
  sustained: () => measureSustained({ seconds: number('sustained'), log }),
  backlog: () => measureBacklog({ rows: number('backlog'), log }),
  sink: () => measureSink({ runs: number('runs'), users: number('users'), updates: number('updates'), log }),
  bloat: () => measureBloat({ rows: number('bloat'), log }),
};

for (const name of flags.only.split(',')) {
  const section = sections[name];
  if (section === undefined)
    throw new Error(`--only: ${name} is none of ${Object.keys(sections).join(', ')}`);
  await section();
}
const holds = printReport(`Node ${process.version}, ${availableParallelism()} cores`);
process.exitCode = holds ? 0 : 1;
