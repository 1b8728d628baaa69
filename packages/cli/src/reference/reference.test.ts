import { readFile } from 'node:fs/promises';
import { errorCatalogue } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import { commands } from '../commands.ts';
import { renderCommandReference } from './command-reference.ts';
import { renderErrorReference } from './error-reference.ts';

const page = (name: string) => readFile(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

describe('the reference pages (npm run docs -w @sluice/cli writes them)', () => {
  test('docs/errors.md has every code of the catalogue as it is', async () => {
    expect(await page('errors.md')).toBe(renderErrorReference(errorCatalogue));
  });

  test('docs/commands.md has every command and flag as it is', async () => {
    expect(await page('commands.md')).toBe(renderCommandReference(commands));
  });
});

describe('every command', () => {
  const flags = Object.entries(commands).flatMap(([id, command]) =>
    Object.entries({ ...command.baseFlags, ...command.flags }).map(([name, flag]) => ({ id, name, flag })),
  );

  test.each(flags)('$id --$name can be set by a SLUICE_ variable', ({ flag }) => {
    expect(flag.env).toMatch(/^SLUICE_[A-Z_]+$/);
  });

  test('a variable means one flag only', () => {
    const names = new Map<string | undefined, string>();
    for (const { name, flag } of flags) {
      expect(names.get(flag.env) ?? name).toBe(name);
      names.set(flag.env, name);
    }
  });

  test.each(Object.entries(commands))('%s says in a line what it does', (_id, command) => {
    expect(command.summary).toMatch(/^[A-Z].{20,}\.$/);
  });
});
