import { readFile } from 'node:fs/promises';
import { formatCount } from '../output/units.ts';
import { type Database, openDatabase } from './database.ts';
import { demoFolder } from './files.ts';

const tables = ['customers', 'products', 'orders', 'order_items'] as const;

/**
 * Makes a database with the shop's tables and rows.
 *
 * @param serverUrl a superuser's URL of the server
 * @returns the URL of the new database
 */
export async function createShop(serverUrl: string): Promise<string> {
  await using server = await openDatabase(serverUrl);
  await server.query('CREATE DATABASE shop');
  const url = new URL(serverUrl);
  url.pathname = '/shop';
  await using database = await openDatabase(url.href);
  await database.query(await readFile(new URL('shop.sql', demoFolder), 'utf8'));
  return url.href;
}

/** `2,000 customers, 200 products, …` */
export async function describeShop(database: Database): Promise<string> {
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  const [row = {}] = await database.query(`SELECT ${counts.join(', ')}`);
  return tables.map((table) => `${formatCount(Number(row[table]))} ${table.replace('_', ' ')}`).join(', ');
}
