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
