// SPDX-License-Identifier: ISC
//
// bag: checks a whole bag with npm bagit-tools, none of our own code.
//
//	node bag.js FOLDER
'use strict';
const { verify } = require('bagit-tools');

verify(process.argv[2], { version: '1.0' }, (err, valid) => {
  if (err || !valid) {
    console.error(err ? String(err.message || err) : 'not valid');
    process.exit(1);
  }
  console.log('valid');
});
