import { inspect } from 'node:util';

/** Spellings under which a secret may come out. */
export function spellings(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const base64 = ['', 'u:', 'us:', 'sluice:'].map((before) => {
    const text = Buffer.from(`${before}${secret}`).toString('base64').replace(/=+$/, '');
    // Without what depends on the bytes around it.
    return text.slice(Math.ceil((before.length * 8) / 6), -2);
  });
  return [
    ...new Set([
      secret,
      encoded,
      encoded.toLowerCase(),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", "''"),
      ...base64.filter((text) => text.length >= 8),
    ]),
  ];
}

/** The spellings of the secret that are in the text. */
export function leaksOf(secret: string, text: string): string[] {
  return spellings(secret).filter((spelling) => text.includes(spelling));
}

/** Everything that could be got out of a value: as a debugger, a test runner or a crash report shows it. */
export function everythingOf(value: unknown): string {
  const parts = [
    inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }),
  ];
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(error.message, error.stack ?? '', JSON.stringify(error, Object.getOwnPropertyNames(error)));
  }
  return parts.join('\n');
}
