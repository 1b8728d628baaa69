import { expect, test } from 'vitest';
import { renderTable } from './table.ts';

test('columns stand under each other and no line ends in blanks', () => {
  expect(
    renderTable(
      ['kind', 'name'],
      [
        ['sink', 'opensearch'],
        ['capture', ''],
      ],
    ),
  ).toBe(['kind     name', '-------  ----------', 'sink     opensearch', 'capture'].join('\n'));
});
