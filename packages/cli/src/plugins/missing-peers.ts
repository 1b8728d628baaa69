/** What matters here of package-lock.json. */
export interface Lock {
  readonly packages?: Readonly<
    Record<
      string,
      {
        readonly peerDependencies?: Readonly<Record<string, string>>;
        readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
      }
    >
  >;
}

/**
 * Peers that packages of a tree need and that are not in it. `@sluice/core` is none: whoever runs a
 * plugin has it, and a plugin needs no more than its types. Pure.
 */
export function missingPeers({ packages = {} }: Lock): readonly string[] {
  const there = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  const needed = Object.values(packages).flatMap(({ peerDependencies = {}, peerDependenciesMeta = {} }) =>
    Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true),
  );
  return [...new Set(needed)].filter((name) => name !== '@sluice/core' && !there.has(name));
}
