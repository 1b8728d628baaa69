// Who may import whom. The packages' own tests are not bound by it: they may use real servers and other parts.
const { Visitor } = require('@swc/core/Visitor.js');

// The visitor that comes with swc ends at the first `using`, which it has not heard of.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const source = (packages) => `^packages/(${packages})/src/(?!.*[.]test[.]ts$)`;
const drivers =
  '(pg|pg-logical-replication|pg-query-stream|pg-listen|@opensearch-project/opensearch|nats|@nats-io)';
const module_ = (name) => `(^|node_modules/)${name}(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'contracts-are-types',
      comment:
        'A contract imports nothing but other contracts: a plugin that implements one needs no code of ours.',
      severity: 'error',
      from: { path: '^packages/core/src/contracts/(?!.*[.]test[.]ts$)' },
      to: { pathNot: ['^packages/core/src/contracts/', module_('@standard-schema/spec')] },
    },
    {
      name: 'core-knows-no-outside-world',
      comment: 'Everything that touches a database, a sink or a terminal is a plugin or the command.',
      severity: 'error',
      from: { path: source('core') },
      to: { path: ['^packages/(?!core/)', module_(drivers), module_('@oclif'), module_('oclif')] },
    },
    {
      name: 'typedi-in-the-container-only',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/core/src/container/' },
      to: { path: module_('typedi') },
    },
    {
      name: 'postgres-knows-no-plugin',
      severity: 'error',
      from: { path: source('postgres') },
      to: { path: '^packages/(?!postgres/|core/src/(contracts|errors|index[.]ts|version[.]ts))' },
    },
    {
      name: 'plugins-know-no-plugin',
      comment: 'A plugin knows the core, the shared Postgres package and its own drivers.',
      severity: 'error',
      from: { path: '^packages/(plugin-[^/]+)/src/(?!.*[.]test[.]ts$)' },
      to: { path: '^packages/(?!$1/|core/|postgres/)' },
    },
    {
      name: 'server-and-query-know-the-core',
      severity: 'error',
      from: { path: '^packages/(server|query)/src/(?!.*[.]test[.]ts$)' },
      to: { path: '^packages/(?!$1/|core/)' },
    },
    {
      name: 'servers-know-the-core',
      comment: 'Starting a Postgres or an OpenSearch has nothing to do with what Sluice does to them.',
      severity: 'error',
      from: { path: source('servers') },
      to: { path: '^packages/(?!servers/|core/)' },
    },
    {
      name: 'cli-has-no-drivers',
      comment: 'The command reaches databases and sinks through plugins.',
      severity: 'error',
      from: { path: source('cli') },
      to: { path: module_(drivers) },
    },
    {
      name: 'packages-by-name',
      comment: 'A package is imported by its name, which shows what it exports, and not by a path into it.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/(?!.*[.]test[.]ts$)' },
      to: { dependencyTypes: ['local'], pathNot: '^packages/$1/' },
    },
    {
      name: 'tests-and-benchmarks-by-name',
      severity: 'error',
      from: { path: '^(test|bench)/' },
      to: { dependencyTypes: ['local'], path: '^packages/' },
    },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/(?!.*[.]test[.]ts$)' },
      to: { path: ['^test/', '[.]test[.]ts$'] },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^packages/' }, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['[/]dist[/]', '[.]d[.]ts$'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['sluice-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
};
