import type { Document } from '@sluice/core';
import { expect, it } from 'vitest';
import { PageSize } from './page-size.ts';

const documents = (count: number, size: number): Document[] =>
  Array.from({ length: count }, (_unused, at) => ({
    ...{ key: [String(at)], id: String(at), routing: null, version: 1n },
    body: 'x'.repeat(size),
  }));

it('begins small, grows to what is asked for where documents are small, and keeps to the text of a page', () => {
  const pages = new PageSize();
  expect(pages.limit(500)).toBe(50);
  expect(pages.limit(20)).toBe(20);
  pages.observe(documents(50, 1_000));
  expect(pages.limit(500)).toBe(500);
  pages.observe(documents(50, 65_536));
  expect(pages.limit(500)).toBe(64);
  pages.observe(documents(2, 8_000_000));
  expect(pages.limit(500)).toBe(1);
});

it('grows back step by step', () => {
  const pages = new PageSize();
  pages.observe(documents(1, 4_194_304));
  const limits = Array.from({ length: 6 }, () => {
    pages.observe(documents(1, 100));
    return pages.limit(500);
  });
  expect(limits).toEqual([4, 16, 64, 256, 500, 500]);
});

it('learns nothing of a page without documents', () => {
  const pages = new PageSize();
  pages.observe([]);
  expect(pages.limit(500)).toBe(50);
});
