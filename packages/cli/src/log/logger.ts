import { type Logger, visibleText } from '@sluice/core';
import { withoutSecrets } from '../output/hidden-secrets.ts';

export const logFormats = ['logfmt', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** pino's numbers, so that its tools read the JSON lines. */
const levelNumbers: Record<LogLevel, number> = { debug: 20, info: 30, warn: 40, error: 50 };

type Fields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly format: LogFormat;
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

/**
 * One line per event. `logfmt`: `time=… level=info msg="…" key=value`. `json`: pino's shape,
 * `{"level":30,"time":…,"msg":…,…}`.
 */
export function createLogger({ format, level, write, now = () => new Date() }: LoggerOptions): Logger {
  const least = levelNumbers[level];
  const render = format === 'json' ? renderJson : renderLogfmt;
  const at =
    (name: LogLevel) =>
    (message: string, fields: Fields = {}) => {
      if (levelNumbers[name] >= least) write(`${visibleText(render(now(), name, message, fields))}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function renderJson(time: Date, level: LogLevel, msg: string, fields: Fields): string {
  const plain = Object.entries(fields).map(([key, value]) => [key, plainValue(value)]);
  return JSON.stringify(
    { level: levelNumbers[level], time: time.getTime(), msg, ...Object.fromEntries(plain) },
    withoutSecretsIn,
  );
}

function renderLogfmt(time: Date, level: LogLevel, msg: string, fields: Fields): string {
  const pairs = Object.entries({ time: time.toISOString(), level, msg, ...fields });
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(plainValue(value))}`)
    .join(' ');
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? value.message : value;
}

/** Not all that is logged comes from plugins, whose logger hides secrets: observers are told of errors too. */
function withoutSecretsIn(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? withoutSecrets(value) : value;
}

function quote(value: unknown): string {
  const text =
    typeof value === 'string' ? withoutSecrets(value) : (JSON.stringify(value, withoutSecretsIn) ?? '');
  return text !== '' && /^[^\s\p{Cc}="\\]+$/u.test(text) ? text : JSON.stringify(text);
}
