// Which certificates are trusted, and the second process that trusts an added one.
//
// All connections of a Node process share one store of default roots, which is parsed once. The
// option `ca` makes each connection parse and fill a store of its own, which takes a hundred times
// as long with all the roots in it. NODE_EXTRA_CA_CERTS is the only way to add a root to the shared
// store that every Node since 18 has, and Node reads it when a process starts: hence `handOver`.

import crypto from 'node:crypto';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ADDED_CERTIFICATES, FOLDER, option } from './options.mjs';
import { Refusal } from './refusal.mjs';

/** Keeps the user's own NODE_EXTRA_CA_CERTS for processes that replace it. */
const USERS_EXTRA = 'BATCHMARK_OWN_NODE_EXTRA_CA_CERTS';

/** The file whose certificates this process had added to its roots when it started. */
export const addedCertificates = option(ADDED_CERTIFICATES) || undefined;

/** The connection options, the fact to report, and the file that must be among the roots. */
export function readTrust(trust) {
  try {
    return trustFor(trust);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('bad_target', `the certificates cannot be read: ${error.message}`);
  }
}

function trustFor(trust) {
  switch (trust.roots) {
    case 'default':
      return { connect: {}, description: "Node's own roots" };
    case 'added': {
      const count = readCertificates(trust.path).length;
      const description = `Node's own roots and ${count} added, in one store for all connections`;
      return { connect: {}, description, needs: trust.path };
    }
    case 'file':
      return {
        connect: { ca: readCertificates(trust.path) },
        description: 'the given file only, in a separate store for each connection',
        needs: addedCertificates,
      };
    case 'anyone':
      return {
        connect: { rejectUnauthorized: false },
        description: 'anyone',
        needs: addedCertificates,
      };
    default:
      throw new Refusal('bad_command', `unknown roots ${JSON.stringify(trust.roots)}`);
  }
}

export function readCertificates(path) {
  const pem = readFileSync(path, 'ascii');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${path} contains no certificate in PEM format`);
  for (const block of blocks) new crypto.X509Certificate(block);
  return blocks;
}

/**
 * Starts a second process of this driver, with these certificates among its roots. It takes over
 * stdin, stdout and stderr, and first reads `text`: the lines that were read but not obeyed here.
 * It belongs to the same process group. This process sleeps until it ends, and ends with its code.
 */
export async function handOver(certificates, text) {
  const { spawn } = await import('node:child_process');
  const own = usersExtraCertificates();
  const { path: extra, remove } = extraCertificates(certificates);
  const env = { ...process.env, [USERS_EXTRA]: own, NODE_EXTRA_CA_CERTS: extra };
  const driver = fileURLToPath(new URL('./driver.mjs', import.meta.url));
  const options = [ADDED_CERTIFICATES, certificates ?? '', FOLDER, parentFolder()];
  const stdio = ['inherit', 'inherit', 'inherit', 'pipe'];
  const words = [...process.execArgv, driver, ...options];
  const successor = spawn(process.execPath, words, { env, stdio });
  successor.stdio[3].end(text);
  successor.on('exit', (code) => {
    remove();
    process.exit(code ?? 1);
  });
}

/** The lines that the process before this one read but did not obey; empty where there is none. */
export function inheritedLines() {
  return option(ADDED_CERTIFICATES) === undefined ? '' : readFileSync(3, 'utf8');
}

function usersExtraCertificates() {
  const inherited = addedCertificates ? '' : process.env.NODE_EXTRA_CA_CERTS ?? '';
  return process.env[USERS_EXTRA] ?? inherited;
}

/**
 * The file of the extra certificates of a process: the user's own and the given ones. Node takes one
 * file, so both go into a copy where there are both, which `remove` deletes.
 */
export function extraCertificates(added) {
  const own = readableFile(usersExtraCertificates());
  if (!own || !added) return { path: added ?? own, remove: () => {} };
  const folder = mkdtempSync(join(parentFolder(), 'batchmark-node-'));
  const path = join(folder, 'added.pem');
  writeFileSync(path, [own, added].map((each) => readFileSync(each, 'ascii')).join('\n'));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The path if the file can be read. Node, too, ignores one that cannot. */
function readableFile(path) {
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch {
    return undefined;
  }
}

function parentFolder() {
  return option(FOLDER) ?? tmpdir();
}
