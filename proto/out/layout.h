/* SPDX-License-Identifier: ISC */
/*
 * layout: where things stand in a bundle, from its base folder; what writes
 * bundles and `dossier verify' both go by it.
 *
 *  data/			payload, in manifest-sha256.txt and -sha512.txt
 *    README.html
 *    production/VOL001/	DATA/VOL001.dat .opt .edrm.xml fields.csv,
 *				NATIVES/ TEXT/ IMAGES/ in folders 0001 ...
 *    timeline/			timeline.jsonl .csv .xlsx ..., the same rows
 *    audit/			index.xml, its DTD, the tables it names
 *  proof/			tag files, in the tagmanifests
 *    case/checkpoint		the signed head of the case's tree
 *    case/tile/...		all of that tree (tiles.h)
 *    case/disclosed.jsonl	disclosed.h
 *    case-checkpoint.tlog-proof  the body of case/checkpoint as a leaf of the
 *				master tree, whose signed head ends the file
 *    case-consistency.txt	only beside a named earlier bundle: `old N',
 *				`size M', then a line of base64 a hash
 *    keys.vkey			a verifier key a line: that of the case's
 *				tree, that of the master
 *    trust.policy		C2SP tlog-policy of the master and its
 *				witnesses, the same bytes as log/trust.policy
 *  seal/			made later, in no manifest; any may be missing
 *    tagmanifest-sha512.txt.p7s  CMS, detached, DER
 *    tagmanifest-sha512.txt.tsr  RFC 3161 answer over that file
 *    master-checkpoint.tsr	RFC 3161 answer over the body (three lines)
 *				of the master's checkpoint
 *    tsa-chain.pem		certificates that lead to the authority
 *    master-checkpoint		the master's signed head with what witnesses
 *				have added to it since
 *    build.json		which build it was, and the SHA-512 of
 *				tagmanifest-sha512.txt
 *    export.json		a line as of disclosed.h: the entry
 *				bundle.built, which has the SHA-512 of
 *				tagmanifest-sha512.txt.  In production and dsar
 *				too, though the entry has numbers of the
 *				office: like those of disclosed.jsonl it must
 *				stand as it is, or nobody could hold it against
 *				the log.
 *    export.tlog-proof		its leaf in the case's tree, under a head that
 *				was signed after it
 *				Nothing vouches for any other file there.
 */
#ifndef DOSSIER_LAYOUT_H
#define DOSSIER_LAYOUT_H

#define LAYOUT_BAGIT		"bagit.txt"
#define LAYOUT_INFO		"bag-info.txt"
#define LAYOUT_MANIFEST		"manifest-"	/* sha256.txt, sha512.txt */
#define LAYOUT_TAGMANIFEST	"tagmanifest-"
#define LAYOUT_SEALED		"tagmanifest-sha512.txt"

#define LAYOUT_DATA		"data/"
#define LAYOUT_VOLUMES		"data/production/"
#define LAYOUT_TIMELINE		"data/timeline/timeline."
#define LAYOUT_AUDIT		"data/audit/"

#define LAYOUT_PROOF		"proof/"
#define LAYOUT_CHECKPOINT	"proof/case/checkpoint"
#define LAYOUT_TILES		"proof/case/"	/* tile_path() behind it */
#define LAYOUT_DISCLOSED	"proof/case/disclosed.jsonl"
#define LAYOUT_IN_MASTER	"proof/case-checkpoint.tlog-proof"
#define LAYOUT_CONSISTENCY	"proof/case-consistency.txt"
#define LAYOUT_KEYS		"proof/keys.vkey"
#define LAYOUT_POLICY		"proof/trust.policy"

#define LAYOUT_SEAL		"seal/"
#define LAYOUT_SIGNATURE	"seal/tagmanifest-sha512.txt.p7s"
#define LAYOUT_STAMP		"seal/tagmanifest-sha512.txt.tsr"
#define LAYOUT_MASTER_STAMP	"seal/master-checkpoint.tsr"
#define LAYOUT_TSA_CHAIN	"seal/tsa-chain.pem"
#define LAYOUT_MASTER_HEAD	"seal/master-checkpoint"
#define LAYOUT_BUILD		"seal/build.json"
#define LAYOUT_EXPORT		"seal/export.json"
#define LAYOUT_EXPORT_PROOF	"seal/export.tlog-proof"

#endif
