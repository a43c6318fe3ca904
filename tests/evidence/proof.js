// SPDX-License-Identifier: ISC
//
// proof: checks a tlog-proof with npm @sigstore/verify, none of our own code.
//
//	node proof.js FILE VKEY ENTRY
//
// ENTRY is the file of the entry.  The package wants every signature line to
// be of a key that it was given, so lines of witnesses are left out first.
// Prints what it found; exit status 1 and a reason otherwise.  The packages
// are looked for in $NODE_PATH.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const dist = path.join(path.dirname(require.resolve(
  '@sigstore/verify/package.json')), 'dist', 'timestamp');
const { verifyCheckpoint } = require(path.join(dist, 'checkpoint.js'));
const { verifyMerkleInclusion } = require(path.join(dist, 'merkle.js'));

const DER = Buffer.from('302a300506032b6570032100', 'hex');

function read(file, vkey, entry) {
  const text = fs.readFileSync(file, 'utf8');
  const at = text.indexOf('\n\n');
  const lines = text.slice(0, at).split('\n');
  if (lines.shift() !== 'c2sp.org/tlog-proof@v1')
    throw new Error('not a tlog-proof');
  if (lines[0].startsWith('extra '))
    lines.shift();
  const index = lines.shift().replace(/^index /, '');
  const [name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.*)$/.exec(vkey).slice(1);
  const envelope = text.slice(at + 2).split('\n').filter((line) =>
    !line.startsWith('\u2014 ') || line.startsWith('\u2014 ' + name + ' '))
    .join('\n');
  const body = envelope.split('\n');
  if (body[0] !== name)
    throw new Error('another log');
  const raw = Buffer.from(key, 'base64').subarray(1);
  return {
    entry: {
      integratedTime: '0',
      canonicalizedBody: fs.readFileSync(entry),
      inclusionProof: {
        logIndex: index,
        treeSize: body[1],
        rootHash: Buffer.from(body[2], 'base64'),
        hashes: lines.map((line) => Buffer.from(line, 'base64')),
        checkpoint: { envelope },
      },
    },
    log: {
      logID: Buffer.from(id, 'hex'),
      publicKey: crypto.createPublicKey({
        key: Buffer.concat([DER, raw]), format: 'der', type: 'spki',
      }),
      validFor: { start: new Date(0), end: new Date(1) },
    },
  };
}

try {
  const { entry, log } = read(...process.argv.slice(2, 5));
  verifyCheckpoint(entry, [log]);
  verifyMerkleInclusion(entry);
  console.log('entry %s of %s', entry.inclusionProof.logIndex,
    entry.inclusionProof.treeSize);
} catch (e) {
  console.error(String(e.message || e));
  process.exit(1);
}
