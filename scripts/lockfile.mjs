/**
 * Whether node_modules holds what the lockfile asks for. By content and not by time: a checkout or a copy
 * gives files new times.
 *
 * @typedef {{packages: Record<string, {version?: string, link?: boolean, optional?: boolean}>}} Lockfile
 * @param {Lockfile} lock package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json, npm's record of what it put there
 */
export function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    // The project and its workspaces are where they are; the links to them are other entries.
    if (!path.includes('node_modules/')) return true;
    const found = installed.packages[path];
    // Packages for other platforms are optional and not there.
    if (found === undefined) return wanted.optional === true;
    return wanted.link === true ? found.link === true : found.version === wanted.version;
  });
}

/**
 * Optional packages that some package of the lockfile lists and the lockfile does not hold.
 *
 * @param {{packages: Record<string, {dev?: boolean, optionalDependencies?: Record<string, string>}>}} lock
 */
export function missingOptional({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !folders(path).some((folder) => `${folder}node_modules/${name}` in packages))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** Where Node looks for what `path` imports: below itself, and below each folder that it is in. */
function folders(path) {
  const parts = path.split('/node_modules/');
  const within = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`);
  return ['', ...within];
}

/**
 * What a platform package's name says it is for: `@swc/core-linux-x64-musl`, `@oxlint/binding-win32-arm64-msvc`.
 *
 * @param {string} name
 */
export function platformOf(name) {
  const [, os, cpu, variant] =
    /[-/](android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-(\w+))?$/.exec(
      name,
    ) ?? [];
  if (os === undefined) throw new Error(`${name} does not say which platform it is for`);
  const libc = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }[variant];
  return { cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }), os: [os] };
}
