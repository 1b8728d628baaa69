import { PassThrough } from 'node:stream';
import { describeSink } from '@sluice/core/testkit';
import { createStdoutSink } from './stdout-sink.ts';

/** What a program that reads the lines would know of each document: the last line about it. */
function createLines() {
  const stream = new PassThrough();
  const lines: string[] = [];
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const last = (index: string, id: string): string | null => {
    const line = lines.findLast((one) => {
      const said: { index: string; id: string } = JSON.parse(one);
      return said.index === index && said.id === id;
    });
    return line === undefined ? null : bodyOf(line);
  };
  return { stream, last };
}

/** The text of the body as it stands in the line, unparsed. */
function bodyOf(line: string): string | null {
  const { op }: { op: string } = JSON.parse(line);
  if (op === 'delete') return null;
  const marker = '"op":"index","document":';
  return line.slice(line.indexOf(marker) + marker.length, -1);
}

const { stream, last } = createLines();

describeSink('stdout', {
  claims: { ordering: 'in-order', records: false, generations: false, reader: false },
  open: () => Promise.resolve(createStdoutSink(stream)),
  read: (generation, { id }) => Promise.resolve(last(generation.index, id)),
});
