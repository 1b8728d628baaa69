import { parseAddress } from './address.ts';
import type { ConfigInput } from './config-shape.ts';
import type { ServerConfig, SourceLimits } from './types.ts';

const defaultLimits: SourceLimits = {
  warnBytes: 2 ** 30,
  warnAgeMs: 600_000,
  maxBytes: 8 * 2 ** 30,
  maxAgeMs: 6 * 3_600_000,
  atLimit: 'keep',
  releaseAfterMs: 30_000,
};

type LimitsInput = NonNullable<ConfigInput['source']['limits']>;

/** A maximum that is written below the default warning brings the warning down with it: half-way is early enough. */
export function sourceLimits(input: LimitsInput): SourceLimits {
  const maxBytes = input.max_bytes ?? Math.max(defaultLimits.maxBytes, input.warn_bytes ?? 0);
  const maxAgeMs = input.max_age ?? Math.max(defaultLimits.maxAgeMs, input.warn_age ?? 0);
  return {
    warnBytes: input.warn_bytes ?? Math.min(defaultLimits.warnBytes, maxBytes / 2),
    warnAgeMs: input.warn_age ?? Math.min(defaultLimits.warnAgeMs, maxAgeMs / 2),
    maxBytes,
    maxAgeMs,
    atLimit: input.at_limit ?? defaultLimits.atLimit,
    releaseAfterMs: input.release_after ?? defaultLimits.releaseAfterMs,
  };
}

type ServerInput = NonNullable<ConfigInput['server']>;

const defaultPublic = { host: '127.0.0.1', port: 9464 };

/** Of a form that was checked: addresses can be read, and no private one comes without a token. */
export function serverConfig({ public: open, private: closed, token, hosts }: ServerInput): ServerConfig {
  const address = closed === undefined ? null : parseAddress(closed);
  return {
    public: open === false ? null : ((open === undefined ? null : parseAddress(open)) ?? defaultPublic),
    private: address === null || token === undefined ? null : { address, token },
    hosts: hosts ?? [],
  };
}
