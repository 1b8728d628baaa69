/** What the reference tells of a flag: oclif's, structurally. */
interface FlagText {
  readonly char?: string | undefined;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly env?: string | undefined;
  readonly helpGroup?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  readonly type: 'boolean' | 'option';
  readonly default?: unknown;
}

interface ArgText {
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
}

/** What the reference tells of a command: oclif's command class, structurally. */
export interface CommandText {
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly args?: Readonly<Record<string, ArgText>>;
  readonly flags?: Readonly<Record<string, FlagText>>;
  readonly baseFlags?: Readonly<Record<string, FlagText>>;
  readonly examples?: readonly unknown[];
}

/** docs/commands.md, from the commands' own texts. */
export function renderCommandReference(commands: Readonly<Record<string, CommandText>>): string {
  const sorted = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  const [first] = sorted;
  const common = first?.[1].baseFlags ?? {};
  return `# Commands

<!-- Written by \`npm run docs -w @sluice/cli\` from packages/cli/src/commands. -->

Every flag can be set by an environment variable; the flag wins. Output is coloured on a terminal only, and never with \`NO_COLOR\`. No command asks a question, but \`plugin create\` where it is not told the kind, in a terminal only.

Exit codes: 0 fine, 1 failed while running, 2 usage or validation, 3 environment (unreachable, not provisioned, no privilege), 130 and 143 stopped by SIGINT and SIGTERM.

Every command takes:

${flagTable(common)}

With \`--json\`, stdout is one document, for errors too: \`{"ok": true, "data": …}\` or \`{"ok": false, "error": {"code", "message", "hint", "location"}}\`; where there are several errors, \`error.errors\` lists all of them. The codes are explained in [errors](errors.md).

${sorted.map(([id, command]) => renderCommand(id, command)).join('\n\n')}
`;
}

function renderCommand(id: string, { summary, description, args, flags, examples }: CommandText): string {
  const usage = Object.entries(args ?? {}).map(([name, { required }]) => {
    const shown = name.toUpperCase();
    return required === true ? shown : `[${shown}]`;
  });
  const parts = [
    `## sluice ${[id.replaceAll(':', ' '), ...usage].join(' ')}`,
    summary ?? '',
    ...(description === undefined ? [] : [description]),
    ...Object.entries(args ?? {}).map(
      ([name, { description: text }]) => `- \`${name.toUpperCase()}\`: ${text ?? ''}`,
    ),
    ...(Object.keys(flags ?? {}).length > 0 ? [flagTable(flags ?? {})] : []),
    ...exampleBlock(examples),
  ];
  return parts.join('\n\n');
}

function flagTable(flags: Readonly<Record<string, FlagText>>): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.type === 'boolean' ? '' : ` ${valueText(flag)}`;
    const short = flag.char === undefined ? '' : `, \`-${flag.char}\``;
    const standard = typeof flag.default === 'string' ? ` Default: ${flag.default}.` : '';
    return `| \`--${name}${value}\`${short} | \`${flag.env ?? ''}\` | ${(flag.summary ?? flag.description ?? '').replaceAll('|', '\\|')}${standard} |`;
  });
  return ['| flag | variable | |', '|---|---|---|', ...rows].join('\n');
}

function valueText({ helpValue, options }: FlagText): string {
  if (options !== undefined) return options.join('\\|');
  return typeof helpValue === 'string' ? helpValue : 'VALUE';
}

function exampleBlock(examples: readonly unknown[] | undefined): string[] {
  const lines = (examples ?? [])
    .filter((example) => typeof example === 'string')
    .map((example) => example.replaceAll('<%= config.bin %>', 'sluice'));
  return lines.length === 0 ? [] : [`\`\`\`sh\n${lines.join('\n')}\n\`\`\``];
}
