import { isAbsolute, resolve } from 'node:path';

/** What a user wants installed, as npm takes it. */
export interface PackageSpec {
  readonly kind: 'file' | 'registry' | 'url';
  /** For npm: a path is absolute, after `file:`. */
  readonly npm: string;
  /** For people and for the record: without credentials. */
  readonly shown: string;
  /** Where it is a file or folder: its absolute path. */
  readonly path: string | null;
  /** The package's name where the spec says it. */
  readonly name: string | null;
}

/**
 * Reads what stands after `plugins install`: a package of the registry (`name`, `@scope/name`, with
 * `@version` or `@tag`), the path of a tarball or a folder, or a URL (tarball, git).
 */
export function readSpec(text: string, cwd: string): PackageSpec {
  if (isPath(text)) {
    const path = resolve(cwd, text.replace(/^file:(?:\/\/(?=\/))?/, ''));
    return { kind: 'file', npm: `file:${path}`, shown: path, path, name: null };
  }
  if (/^[a-z+]+:|^git@/i.test(text)) {
    return { kind: 'url', npm: text, shown: withoutCredentials(text), path: null, name: null };
  }
  return { kind: 'registry', npm: text, shown: text, path: null, name: nameIn(text) };
}

/** As npm allows them. Such a name can be part of a file's name. */
export function isPackageName(name: string): boolean {
  return /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name);
}

/** `user/repository` is not one: it would be a folder to one reader and a repository to another. */
function isPath(text: string): boolean {
  return (
    text.startsWith('file:') ||
    isAbsolute(text) ||
    /^\.{1,2}(?:[/\\]|$)/.test(text) ||
    /^[A-Za-z]:[/\\]/.test(text) ||
    (/\.(?:tgz|tar\.gz)$/.test(text) && !/^[a-z+]+:/i.test(text))
  );
}

function nameIn(text: string): string {
  const at = text.indexOf('@', 1);
  return at === -1 ? text : text.slice(0, at);
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
