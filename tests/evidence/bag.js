// SPDX-License-Identifier: ISC
//
// bag: checks a whole bag with npm bagit-tools, none of our own code.
//
//	node bag.js FOLDER
'use strict';
const tools = require('bagit-tools');

const verify = tools.verify || tools;
verify(process.argv[2], { version: '1.0' }, (err, said) => {
  if (err) {
    console.error(String(err.message || err));
    process.exit(1);
  }
  console.log('valid', said === undefined ? '' : JSON.stringify(said));
});
