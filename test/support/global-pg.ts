import { startPostgres } from '@sluice/servers';
import type { TestProject } from 'vitest/node';
import './provided.ts';
import { sharedPostgres } from './settings.ts';
import { acquire, release } from './shared-server.ts';

/** A Postgres for the project's tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await acquire('Postgres', async () => startPostgres(await sharedPostgres(process.env)));
  project.provide('postgresUrl', server.url);
  return () => release('Postgres');
}
