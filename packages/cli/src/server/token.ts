import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether `Authorization: Bearer …` has the token; takes as long for whichever wrong one. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token)) && token !== '';
}
