export { type SqlSession, type SqlSourceOptions, sqlSource } from './sql-source.ts';
export type { SourceTransaction, SourceWriter, TestSource } from './test-source.ts';
export { type TestTable, type TestTableName, testRequirements, testTables } from './test-tables.ts';
