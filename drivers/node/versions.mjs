// The versions of this Node and of the libraries in it.

/** The modules whose versions can change what is measured. */
const MODULES = ['node', 'undici', 'openssl', 'uv'];

export const moduleVersions = () =>
  MODULES.map((module) => ({ module, version: process.versions[module] }));

export function isAtLeast(version, major, minor = 0) {
  const [foundMajor, foundMinor] = version.split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
