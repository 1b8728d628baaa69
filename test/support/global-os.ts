import { startOpenSearch } from '@sluice/servers';
import type { TestProject } from 'vitest/node';
import './provided.ts';
import { sharedOpenSearch } from './settings.ts';
import { acquire, release } from './shared-server.ts';

/** An OpenSearch for the project's tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await acquire('OpenSearch', () => startOpenSearch(sharedOpenSearch(process.env)));
  project.provide('opensearchUrl', server.url);
  return () => release('OpenSearch');
}
