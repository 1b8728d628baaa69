import { expect, test, vi } from 'vitest';
import { documentMutants } from '../../../test/document-mutants.ts';
import { memoryDocumentsDriver } from '../../../test/memory-documents-driver.ts';
import { describeDocumentBuilder } from '../../testkit/index.ts';
import { runChecks } from '../check.ts';
import { documentChecks } from './document-checks.ts';

vi.setConfig({ testTimeout: 60_000 });

describeDocumentBuilder('the reference builder', memoryDocumentsDriver());

describeDocumentBuilder('a builder that changes documents', {
  ...memoryDocumentsDriver((builder) => ({
    build: async (plan, keys, told) =>
      (await builder.build(plan, keys, told)).map((document) => ({
        ...document,
        body: wrapped(document.body),
      })),
    absent: async (plan, places, told) =>
      (await builder.absent(plan, places, told)).map((document) => ({
        ...document,
        body: wrapped(document.body),
      })),
    async *scan(plan, range, pageSize, told) {
      for await (const page of builder.scan(plan, range, pageSize, told)) {
        yield page.map((document) => ({ ...document, body: wrapped(document.body) }));
      }
    },
  })),
  transform: (body) => `{"source":"shop",${body.slice(1)}`,
});

const wrapped = (body: string | null) => (body === null ? null : `{"source":"shop",${body.slice(1)}`);

test.each(documentMutants)('a builder that $flaw is seen', async ({ seenBy, change }) => {
  const checks = documentChecks.filter(({ name }) => name === seenBy);
  const [result] = await runChecks(checks, memoryDocumentsDriver(change), { deadlineMs: 10_000 });
  expect(result).toMatchObject({
    outcome: 'failed',
    error: { message: expect.not.stringMatching(/^No answer/) },
  });
});
