/** One entry per code: `errorCatalogue`, structurally. */
export type Catalogue = Readonly<
  Record<string, { readonly exit: number; readonly summary: string; readonly warning?: boolean }>
>;

const exitMeanings: Readonly<Record<number, string>> = {
  1: 'failed while running',
  2: 'usage or validation',
  3: 'environment: unreachable, not provisioned, no privilege',
};

/** docs/errors.md, from the catalogue alone. */
export function renderErrorReference(catalogue: Catalogue): string {
  const rows = Object.entries(catalogue).map(
    ([code, { exit, summary, warning }]) =>
      `| \`${code}\` | ${warning === true ? 'warning' : exit} | ${summary} |`,
  );
  const exits = Object.entries(exitMeanings).map(([exit, meaning]) => `${exit} is ${meaning}`);
  return `# Errors

<!-- Written by \`npm run docs -w @sluice/cli\` from packages/core/src/errors/catalogue.ts. -->

Every error has a code that stays the same when its words change. It says what happened, where, and what to do; with \`--json\` it is \`{"ok": false, "error": {"code", "message", "hint", "location"}}\`. \`DEBUG=1\` adds the stack.

The exit code says what kind it is: ${exits.join('; ')}. A run stopped by a signal exits with 130 (Ctrl-C) or 143 (SIGTERM), or with the error of an index that was stopped before. What is marked as a warning ends no run: Sluice tells of it and goes on, or mends it by itself.

| code | exit | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
