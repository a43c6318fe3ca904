/* SPDX-License-Identifier: ISC */
/*
 * keys: the schema of the views - every table, the layout of its keys, and
 * what its values hold.  A change here, in row.c or in apply*.c that gives
 * other rows for the same entries needs a new VIEWS_APPLY.
 *
 * No text of a client stands in clear in any table: ids, entry numbers,
 * places, sizes and salted hashes do; texts are sealed; what is looked up by
 * text is looked up by a keyed hash (views_hash()).
 *
 * Three shapes of tables:
 *
 *   PLAIN    key -> bytes in clear.  One value a key: either it never
 *            changes once written, or no answer depends on its past.
 *   CLEAR    key ... made -> ended(8) bytes in clear
 *   SEALED   key ... made -> ended(8) nonce(12) ciphertext tag(16)
 *
 * made (8, the last bytes of the key) is the entry that made the row, ended
 * the one that ended it, 0 while it is in force.  A reader at position P sees
 * the rows with made <= P and (ended == 0 or ended > P): vcur and vrow_get()
 * filter, nobody else.  A row is never changed but for its ended.
 *
 * All integers big-endian.  id = id_key(), 9 bytes.  time = microseconds with
 * the sign bit flipped, so that they sort.  scope = the id of a case, client
 * or contact.  tree = the id of a case or client, zeros: the journal's tree,
 * all ones: the master tree.
 *
 *  ENTRY    seq -> place(13) kind(1) at(8) commitment(32) chain(32) tree(9)
 *           index(8): every entry.  `at` never goes back, so "position at an
 *           instant" is a binary search over seq.  tree: the case or client
 *           whose tree it is in, and its leaf there; zeros: none.
 *  BLOB     hash(16, of 'b' sha256) -> place(13) size(8)
 *  DOC      document, made -> struct vdoc.  Each entry that names a document
 *           makes a version, so the versions' `made` are its history; a
 *           change in a set of copies also makes versions of its head.  Only
 *           document.rendered, which says nothing of it, makes none.
 *  FILING   made (the entry that filed) -> document(9) client(9) case(9)
 *           ended = the entry that withdrew it.  Which one is the main
 *           filing stands in the document.
 *  SCOPE    scope, document, made -> nothing
 *           documents filed in a case, or in a client without a case.
 *  TRIAGE   document, made -> seq(8) of the document.triaged entry with the
 *           suggestions, 0: it came back without any.  Waiting, oldest first.
 *  SUGGEST  scope, document, made -> certainty(1: 'l' 'w' 'c')
 *           documents waiting in triage that may belong to a case or client;
 *           a suggestion with a case stands under the case alone.
 *  ASIDE    document, made -> nothing (`made` is the entry, which says all)
 *  DUE      document, made -> nothing
 *           sent, reported as not delivered, and nobody has seen to it
 *  TODO_READ  document -> nothing; gone once read or unreadable
 *  TODO_FILE  document -> nothing; gone once filed, triaged or set aside.
 *           A report that rules left in triage is here again when the message
 *           that it is about is filed.
 *  TODO_VOUCH  document -> nothing; live mail with a DKIM signature, gone
 *           once held against the DNS of its domains
 *  TODO_RENDER  document -> nothing; read and filed, and its text and pages
 *           not made ahead yet
 *  RENDERED document -> seq(8) of the last document.rendered
 *  CLIENT   client, made -> struct vclient; `made` of the version in force is
 *  CASE     case, made -> struct vcase       the thing's `version`: each entry
 *  CONTACT  contact, made -> struct vcontact  that changes it, its facts and
 *  STAFF    staff, made -> struct vstaff      parties too, makes one.
 *  MEMBER   client, id, made -> nothing
 *           its cases, and clients of which client.same-as said that they go
 *           on under it.
 *  PARTY    scope, party seq(8), made -> struct vparty.  Its end is a second
 *           version with `end` set.
 *  PARTYOF  contact, scope, made (the party's entry) -> nothing; ended by
 *           party.ended.
 *  FACT     subject, made -> struct vfact; ended = superseded by.
 *           subject of fact.stated: contact, else case, else client, else
 *           staff, whichever the entry names; document is its source.
 *  LOOK     what(1), hash(16), id(9), made -> nothing.  what:
 *             'a' address -> contact, staff    'n' number -> contact, staff
 *             'N' name -> contact, client      'm' message id -> document
 *             'r' reference -> case            'l' login -> staff
 *             'c' decoded content -> head of a set of copies
 *             's' SHA-256 (32 bytes) -> document
 *             'b' message id -> report that it was not delivered
 *             'w' message id -> any other delivery report on it
 *             'p' SHA-256 of a part -> document and, as its id's part, 1 +
 *                 the index of the part in the reading; the first
 *                 VIEWS_SHARED alone, and of parts as apply_tie.c says
 *             'x' a fax server's number of a call -> document
 *             'd' telephone or fax number and day -> document (apply_call.c)
 *           made = the arrival or correction of a call; made = the fact,
 *           where one is behind it (its row says from when until when it
 *           holds); ended when that fact is superseded.
 *  REFUSED  seq -> count(4)
 *  SOURCE   hash(16, of 'S' source) -> first(8): the arrival that first named
 *           this source, and that still says its name
 *  ARRIVAL  first(8) seq(8) -> at(8) document(9) new(1)
 *           every arrival of a source; new: it made its document
 *  TIME     scope, time, seq, made -> struct vline
 *           the timeline: one row a set of copies filed in that scope (seq:
 *           the head's first arrival), one a record entry (seq: its own).
 *           A row stands only in its nearest scope: what is filed in a case
 *           stands under the case, not under its client; a fact of a contact
 *           under the contact.  A client's timeline is the merge of the
 *           client, its MEMBERs, and the contacts of its PARTYs; where two
 *           of them hold the same document, time and seq are equal.
 *  LEAF     tree, index(8) -> seq(8)
 *           the entries of a case's or client's tree, in their order.  The
 *           journal's tree needs none: index + 1 is the entry.
 *  NODE     tree, level(1), index(8) -> hash(32)
 *           complete nodes of all trees from level TREE_LOW (tree.h) on
 *  TAIL     tree -> merkle_tail_encode(): its size and right edge now
 *  HEAD     index(8) -> tree(9) seq(8) position(8) life(8) size(8) root(32)
 *           the leaves of the master tree
 *  HEADOF   tree, index(8) -> nothing: the same leaves by their tree
 *  CHECKPOINT position(8) -> seq(8) at(8) life(8) master size(8) heads(8)
 *           journal root(32) master root(32): what tree.checkpoint fixed;
 *           positions and seqs grow together
 *  TREESEAL master size(8), seq(8) -> nothing: tree.stamped, tree.cosigned
 *  BUNDLE   bundle, made -> struct vbundle (row_bundle.h).  Each entry about
 *           it makes a version, and the one that opens its supplement.
 *  BUNDLEOF case or client, bundle, made -> nothing
 *  DECIDED  bundle, document, made -> struct vdecision
 *  BUILD    bundle, build(8), made -> struct vbuild
 *  TODO_BUILD bundle, build(8) -> seq(8) that asked; gone once it ended
 *  META     "format" apply version(4) store id(16); "key" the build's key
 *           wrapped; "epoch" nonces' epoch(4); "mark" LOG_MARK_LEN; "applied"
 *           seq(8) chain(32) at(8); "counts" struct of counts, 8 each; "rules"
 *           entry(8) and hash in force(64 hex); "life" what tree_life()
 *           says(8).
 */
#ifndef DOSSIER_VIEWS_KEYS_H
#define DOSSIER_VIEWS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/ids.h"

#define VIEWS_APPLY	5u	/* version of what apply makes of entries */
#define VIEWS_HASH_LEN	16
#define VIEWS_SHARED	16	/* documents that a part is looked up in */
#define VIEWS_TAIL	7	/* digits that numbers are found by */
#define VIEWS_SHARED_LEAST 1024	/* decoded bytes of such a part */

enum view_shape { VIEW_PLAIN, VIEW_CLEAR, VIEW_SEALED };

#define VIEW_TABLES(T)				\
	T(META, "meta", VIEW_PLAIN)		\
	T(ENTRY, "entry", VIEW_PLAIN)		\
	T(BLOB, "blob", VIEW_PLAIN)		\
	T(DOC, "doc", VIEW_SEALED)		\
	T(FILING, "filing", VIEW_CLEAR)		\
	T(SCOPE, "scope", VIEW_CLEAR)		\
	T(TRIAGE, "triage", VIEW_CLEAR)		\
	T(SUGGEST, "suggest", VIEW_CLEAR)	\
	T(ASIDE, "aside", VIEW_CLEAR)		\
	T(DUE, "due", VIEW_CLEAR)		\
	T(TODO_READ, "todo-read", VIEW_PLAIN)	\
	T(TODO_FILE, "todo-file", VIEW_PLAIN)	\
	T(TODO_VOUCH, "todo-vouch", VIEW_PLAIN)	\
	T(TODO_RENDER, "todo-render", VIEW_PLAIN) \
	T(RENDERED, "rendered", VIEW_PLAIN)	\
	T(CLIENT, "client", VIEW_SEALED)	\
	T(CASE, "case", VIEW_SEALED)		\
	T(CONTACT, "contact", VIEW_SEALED)	\
	T(STAFF, "staff", VIEW_SEALED)		\
	T(MEMBER, "member", VIEW_CLEAR)		\
	T(PARTY, "party", VIEW_SEALED)		\
	T(PARTYOF, "partyof", VIEW_CLEAR)	\
	T(FACT, "fact", VIEW_SEALED)		\
	T(LOOK, "look", VIEW_CLEAR)		\
	T(REFUSED, "refused", VIEW_PLAIN)	\
	T(SOURCE, "source", VIEW_PLAIN)		\
	T(ARRIVAL, "arrival", VIEW_PLAIN)	\
	T(TIME, "time", VIEW_SEALED)		\
	T(BUNDLE, "bundle", VIEW_SEALED)	\
	T(BUNDLEOF, "bundleof", VIEW_CLEAR)	\
	T(DECIDED, "decided", VIEW_SEALED)	\
	T(BUILD, "build", VIEW_SEALED)		\
	T(TODO_BUILD, "todo-build", VIEW_PLAIN)	\
	T(LEAF, "leaf", VIEW_PLAIN)		\
	T(NODE, "node", VIEW_PLAIN)		\
	T(TAIL, "tail", VIEW_PLAIN)		\
	T(HEAD, "head", VIEW_PLAIN)		\
	T(HEADOF, "headof", VIEW_PLAIN)		\
	T(CHECKPOINT, "checkpoint", VIEW_PLAIN)	\
	T(TREESEAL, "treeseal", VIEW_PLAIN)

enum view_table {
#define T(key, name, shape) VIEW_##key,
	VIEW_TABLES(T)
#undef T
	VIEW_TABLES_N
};

/* What the look-up table can be asked. */
enum view_look {
	LOOK_ADDRESS = 'a', LOOK_NUMBER = 'n', LOOK_NAME = 'N',
	LOOK_MESSAGE = 'm', LOOK_REFERENCE = 'r', LOOK_LOGIN = 'l',
	LOOK_CONTENT = 'c', LOOK_BYTES = 's', LOOK_REPORT = 'b',
	LOOK_PART = 'p', LOOK_COMMID = 'x', LOOK_CALL = 'd',
	LOOK_LATE = 'w'
};

#define VKEY_MAX 64

/* A key, or the front of one, being put together. */
struct vkey {
	uint8_t	b[VKEY_MAX];
	size_t	n;
};

#define VKEY_INIT { { 0 }, 0 }

void	 vkey_id(struct vkey *, const struct id *);
void	 vkey_u64(struct vkey *, uint64_t);
void	 vkey_time(struct vkey *, int64_t);
void	 vkey_add(struct vkey *, const void *, size_t);
int64_t	 vkey_get_time(const uint8_t key[8]);

/* Offsets in keys, for those who read them back. */
#define VKEY_TIME_AT	ID_KEY_LEN		/* TIME: time */
#define VKEY_TIME_SEQ	(ID_KEY_LEN + 8)	/* TIME: seq */
#define VKEY_SCOPE_DOC	ID_KEY_LEN		/* SCOPE, SUGGEST: document */
#define VKEY_MEMBER_ID	ID_KEY_LEN		/* MEMBER: case or client */
#define VKEY_PARTYOF_SCOPE ID_KEY_LEN		/* PARTYOF: scope */
#define VKEY_PARTY_SEQ	ID_KEY_LEN		/* PARTY: the party's entry */
#define VKEY_TREE_INDEX	ID_KEY_LEN		/* LEAF, HEADOF: index */
#define VKEY_BUNDLEOF_ID ID_KEY_LEN		/* BUNDLEOF: bundle */
#define VKEY_DECIDED_DOC ID_KEY_LEN		/* DECIDED: document */
#define VKEY_BUILD_N	ID_KEY_LEN		/* BUILD, TODO_BUILD: build */
#define VKEY_LOOK_ID	(1 + VIEWS_HASH_LEN)	/* LOOK: id */

const char	*view_table_name(enum view_table);
enum view_shape	 view_table_shape(enum view_table);

#endif
