/**
 * Every code that Sluice reports, with what it means and the exit code it leads to
 * (1 failed while running, 2 usage or validation, 3 environment). `warning`: a run tells of it and goes
 * on. The reference page of errors is
 * made from it.
 */
export const errorCatalogue = {
  SLUICE_INTERNAL: { exit: 1, summary: 'Something that Sluice did not expect; a bug worth reporting.' },
  SLUICE_USAGE: { exit: 2, summary: 'The command line is not one that the command takes.' },

  SLUICE_CONFIG_NOT_FOUND: { exit: 2, summary: 'No configuration file was found where Sluice looked.' },
  SLUICE_CONFIG_SYNTAX: { exit: 2, summary: 'The file is not well-formed YAML or JSON.' },
  SLUICE_CONFIG_INVALID: { exit: 2, summary: 'A key or value of the configuration is not allowed.' },
  SLUICE_CONFIG_ENV: { exit: 2, summary: 'An environment variable that the configuration names is not set.' },
  SLUICE_CONFIG_UNSUPPORTED: {
    exit: 2,
    summary: 'The configuration asks for something that this version does not have.',
  },
  SLUICE_CONFIG_SECRET: {
    exit: 2,
    summary: 'A secret stands in the configuration where a lock would copy it.',
  },
  SLUICE_CONFIG_DEAD_LETTERS: {
    exit: 2,
    summary: 'An index with `on_reject: dead_letter` goes to a sink that cannot keep dead letters.',
  },
  SLUICE_LOCK_INVALID: { exit: 2, summary: 'The lock was changed by hand or made by another version.' },
  SLUICE_SCHEMA_NOT_FOUND: { exit: 2, summary: 'A schema file that the configuration names cannot be read.' },
  SLUICE_SCHEMA_INVALID: {
    exit: 2,
    summary: 'A schema file holds something that the schema language does not have.',
  },
  SLUICE_SCHEMA_CATALOG: { exit: 2, summary: 'A schema does not fit the tables of the source.' },
  SLUICE_SCHEMA_TABLE: {
    exit: 2,
    summary: 'A schema names a table that does not exist or cannot be followed.',
  },
  SLUICE_SCHEMA_COLUMN: { exit: 2, summary: 'A schema names a column that its table does not have.' },
  SLUICE_SCHEMA_TYPE: { exit: 2, summary: 'A column has a type that its use in the schema does not allow.' },
  SLUICE_SCHEMA_KEY: { exit: 2, summary: 'A key is missing, not unique, or does not match the other side.' },
  SLUICE_SCHEMA_NULLABLE: { exit: 2, summary: 'Something required is read from a column that may be NULL.' },
  SLUICE_SCHEMA_NO_INDEX: {
    exit: 2,
    warning: true,
    summary: 'A join has no index to use: it works, but reads whole tables.',
  },
  SLUICE_SCHEMA_PRIVILEGE: {
    exit: 3,
    summary: 'This role may not read a table, or sees only part of its rows.',
  },
  SLUICE_SCHEMA_UNSAFE_SQL: {
    exit: 2,
    summary: 'SQL in a schema gives other results without any row changing, or reads other rows.',
  },

  SLUICE_PLUGIN_NOT_FOUND: {
    exit: 2,
    summary: 'No plugin of that name and kind was found in any place tried.',
  },
  SLUICE_PLUGIN_INVALID: { exit: 2, summary: 'A plugin was found but cannot be used.' },
  SLUICE_PLUGIN_CLASH: { exit: 2, summary: 'Two plugins have the same short name and kind.' },
  SLUICE_PLUGIN_FAILED: { exit: 1, summary: 'A plugin could not be started.' },
  SLUICE_PLUGIN_NONCONFORMING: { exit: 1, summary: 'A plugin breaks a promise of its contract.' },
  SLUICE_PLUGIN_NOT_INSTALLED: {
    exit: 3,
    summary: 'npm, the registry or the disk kept a plugin from being installed.',
  },
  SLUICE_PLUGIN_OPTIONS: { exit: 2, summary: "A plugin's options are not what its schema allows." },

  SLUICE_SOURCE_UNAVAILABLE: {
    exit: 3,
    summary: 'The source database cannot be reached now; Sluice tries again.',
  },
  SLUICE_SOURCE_REFUSED: {
    exit: 3,
    summary: 'The source database refuses this role, password, database or TLS setting.',
  },
  SLUICE_SOURCE_UNSUPPORTED: {
    exit: 3,
    summary: 'The source database is older than Sluice supports, or is not one that it can follow.',
  },
  SLUICE_SOURCE_HISTORY_CHANGED: {
    exit: 1,
    warning: true,
    summary: "The source's history restarted (failover or restore) while Sluice was running.",
  },
  SLUICE_SOURCE_IDENTITY: {
    exit: 3,
    summary: 'The index was built from another database than the one configured.',
  },
  SLUICE_SOURCE_DRIFT: { exit: 1, summary: 'A table changed in a way that the schema no longer fits.' },

  SLUICE_CAPTURE_NOT_PROVISIONED: {
    exit: 3,
    summary: 'The source lacks what the capture needs, and this role may not make it.',
  },
  SLUICE_CAPTURE_LOST: {
    exit: 1,
    warning: true,
    summary: 'The slot or outbox is gone or invalidated: changes were missed and the indexes are reconciled.',
  },
  SLUICE_CAPTURE_BEHIND: {
    exit: 1,
    warning: true,
    summary: 'The source keeps more log or outbox for Sluice than `source.limits` says, or for longer.',
  },
  SLUICE_CAPTURE_RELEASED: {
    exit: 1,
    warning: true,
    summary:
      'At its limit the source was made to let go of what it kept: the indexes are reconciled (`source.limits.at_limit: release`).',
  },
  SLUICE_CAPTURE_UNFOLLOWED: {
    exit: 1,
    warning: true,
    summary:
      'What a capture made in the source is followed by nobody: its slot keeps the log, or its triggers fill an outbox.',
  },
  SLUICE_CAPTURE_IN_USE: { exit: 3, summary: 'Another process holds the slot or lease.' },
  SLUICE_CAPTURE_WAITING: { exit: 1, summary: 'The source makes the capture wait for an open transaction.' },
  SLUICE_CAPTURE_PROTOCOL: {
    exit: 1,
    summary: 'The server sent a replication message that Sluice cannot read.',
  },

  SLUICE_SINK_UNAVAILABLE: {
    exit: 3,
    summary: 'The sink cannot be reached or is too busy now; Sluice tries again.',
  },
  SLUICE_SINK_REFUSED: {
    exit: 3,
    summary: 'The sink refuses the credentials, lacks a privilege or is not the expected cluster.',
  },
  SLUICE_SINK_SHARED: {
    exit: 3,
    summary: 'Two sinks of one configuration, or two deployments, keep the same index in the same place.',
  },
  SLUICE_SINK_REJECTED: {
    exit: 1,
    summary: 'The sink rejected a document and the policy of the index is stop.',
  },
  SLUICE_SINK_CONFLICT: {
    exit: 1,
    warning: true,
    summary: 'The sink holds versions that this source has not reached: something else wrote to the index.',
  },

  SLUICE_SINK_INDEX_GONE: {
    exit: 1,
    warning: true,
    summary: 'Something other than Sluice removed a physical index; it is made and filled again.',
  },

  SLUICE_SINK_ALIAS_MOVED: {
    exit: 1,
    warning: true,
    summary:
      'Something other than Sluice took the name that users search away from a generation, or had it lead elsewhere; it was put back.',
  },

  SLUICE_GENERATIONS_UNSUPPORTED: {
    exit: 2,
    summary: 'No sink of the index keeps generations: there is nothing to rebuild, roll back or remove.',
  },
  SLUICE_REINDEX_UNANSWERED: {
    exit: 3,
    summary: 'A reindex or rollback was asked for and is on record, but no process runs to carry it out.',
  },
  SLUICE_REINDEX_REFUSED: {
    exit: 1,
    summary:
      'A reindex or rollback was not carried out: what it needs is not there, or another request replaced it.',
  },

  SLUICE_WAIT_TIMEOUT: { exit: 1, summary: 'What was waited for did not become searchable in time.' },
  SLUICE_WAIT_ABORTED: {
    exit: 1,
    summary: 'The transaction that was waited for was rolled back: it changed nothing.',
  },
  SLUICE_WAIT_REFUSED: {
    exit: 2,
    summary:
      'What was to be waited for is no transaction or position of this source, or of an index that cannot be searched.',
  },
  SLUICE_WAIT_UNANSWERED: {
    exit: 3,
    summary: 'No running process answered at the address that was to be asked.',
  },
  SLUICE_HTTP_LISTEN: { exit: 3, summary: 'An address of the HTTP server cannot be listened on.' },

  SLUICE_DOCUMENT_UNBUILDABLE: {
    exit: 1,
    summary: 'A row cannot be turned into a document: an expression fails on it.',
  },
  SLUICE_DEAD_LETTER_NOT_FOUND: { exit: 1, summary: 'No sink keeps a dead letter of that index and key.' },
  SLUICE_INDEX_INCOMPLETE: {
    exit: 3,
    summary: 'The index is still being filled, or was never: there is nothing complete to compare.',
  },
  SLUICE_DOCUMENTS_DIFFER: { exit: 1, summary: 'A document is not what its rows say.' },

  SLUICE_SERVER_UNAVAILABLE: {
    exit: 3,
    summary: 'No server for the demo or a test can be had: none given, no container runtime, none installed.',
  },
  SLUICE_SERVER_NOT_OWNED: {
    exit: 2,
    summary: 'A server at a given URL was to be stopped or restarted, but it is not ours.',
  },
} as const satisfies Record<string, { exit: 1 | 2 | 3; summary: string; warning?: true }>;

export type ErrorCode = keyof typeof errorCatalogue;
