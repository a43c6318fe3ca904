/* SPDX-License-Identifier: ISC */
/*
 * bundlegen: makes a small bundle without a store, by the writers of
 * proto/out alone, so that `dossier verify' and the tools of others can be
 * tried on it and on broken copies of it.
 *
 *	bundlegen FOLDER LEAVES
 *
 * The same LEAVES give the same bytes; fewer give an earlier state of the
 * same case.  FOLDER.vkey is the key.  Nothing of it is real.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/xlsx.h"
#include "proto/base/json.h"
#include "proto/base/when.h"
#include "proto/out/bagit.h"
#include "proto/out/checkpoint.h"
#include "proto/out/dat.h"
#include "proto/out/disclosed.h"
#include "proto/out/edrm.h"
#include "proto/out/gdpdu.h"
#include "proto/out/layout.h"
#include "proto/out/leaf.h"
#include "proto/out/opt.h"
#include "proto/out/production.h"
#include "proto/out/tiles.h"
#include "proto/out/timeline.h"
#include "proto/out/tlogproof.h"

#define FIRST_DAY INT64_C(1767225600000000)	/* 2026-01-01 */
#define DOCS 4
#define FILES 4096
#define NODES (1 << 16)

static const char *folder;
static struct bagit_file made[FILES];
static uint8_t made512[FILES][64];
static size_t nmade;
static uint64_t octets, payload;

static const uint8_t seed[ED25519_KEY] = "a seed for tests, of 32 bytes ..";
static const char sid[] = "00112233445566778899aabbccddeeff";

/* ---- files ------------------------------------------------------------- */

static void
folders(char *path)
{
	for (char *p = path + strlen(folder); (p = strchr(p + 1, '/')) !=
	    NULL; *p = '/') {
		*p = '\0';
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			err(1, "%s", path);
	}
}

static FILE *
make(const char *path)
{
	char full[4096];
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", folder, path);
	folders(full);
	if ((f = fopen(full, "we")) == NULL)
		err(1, "%s", full);
	return f;
}

static void
sums(const char *path, const void *p, size_t n)
{
	struct bagit_file *file = &made[nmade];

	if (nmade == FILES || !bagit_path_ok(path, strlen(path)))
		errx(1, "%s", path);
	file->path = strdup(path);
	if (EVP_Digest(p, n, file->hash, NULL, EVP_sha256(), NULL) != 1 ||
	    EVP_Digest(p, n, made512[nmade], NULL, EVP_sha512(), NULL) != 1)
		errx(1, "digest");
	nmade++;
	if (strncmp(path, LAYOUT_DATA, strlen(LAYOUT_DATA)) == 0) {
		octets += n;
		payload++;
	}
}

/* Writes, lists and empties. */
static void
put(const char *path, struct buf *b)
{
	FILE *f = make(path);

	if (buf_failed(b) || fwrite(b->data, 1, b->len, f) != b->len ||
	    fclose(f) != 0)
		err(1, "%s", path);
	sums(path, b->len > 0 ? (const void *)b->data : "", b->len);
	buf_clear(b);
}

/* ---- documents --------------------------------------------------------- */

static const struct doc {
	const char *bates, *last, *pages, *parent, *begattach, *endattach;
	const char *type, *subject, *ext;
	uint64_t case_seq;
} docs[DOCS] = {
	{ "FELD-0000001", "FELD-0000002", "2", "", "FELD-0000001",
	    "FELD-0000003", "email", "Kauf <\"=A1\"> & \xe5\xae\x89\n2nd line",
	    "eml", 2 },
	{ "FELD-0000003", "FELD-0000003", "1", "FELD-0000001",
	    "FELD-0000001", "FELD-0000003", "attachment", "", "pdf", 2 },
	{ "FELD-0000004", "FELD-0000006", "3", "", "FELD-0000004",
	    "FELD-0000006", "scan", "=HYPERLINK(1)", "tif", 4 },
	{ "FELD-0000007", "FELD-0000007", "1", "", "FELD-0000007",
	    "FELD-0000007", "", "", "", 6 },	/* withheld */
};

struct produced {
	char	native[64], text[64], image[64];
	char	sha256[65], size[24];
	char	hash[3][65];
	size_t	sizes[3];
};

static struct produced produced[DOCS];

static void
hex_of(size_t file, char hex_r[65])
{
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex_r + 2 * i, 3, "%02x", made[file].hash[i]);
}

/* One file of a document; k is its place in the arrays. */
static void
put_document(struct produced *p, int k, const char *name, struct buf *b)
{
	char path[BAGIT_PATH_MAX];

	(void)snprintf(path, sizeof path, LAYOUT_VOLUMES "VOL001/%s", name);
	p->sizes[k] = b->len;
	put(path, b);
	hex_of(nmade - 1, p->hash[k]);
}

static void
put_documents(void)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < DOCS; i++) {
		const struct doc *d = &docs[i];
		struct produced *p = &produced[i];

		(void)snprintf(p->image, sizeof p->image,
		    "IMAGES/0001/%s.pdf", d->bates);
		buf_adds(&b, "%PDF-1.4 image of ");
		buf_adds(&b, d->bates);
		put_document(p, 2, p->image, &b);
		if (d->ext[0] == '\0')
			continue;
		(void)snprintf(p->native, sizeof p->native,
		    "NATIVES/0001/%s.%s", d->bates, d->ext);
		(void)snprintf(p->text, sizeof p->text, "TEXT/0001/%s.txt",
		    d->bates);
		buf_adds(&b, "native ");
		buf_adds(&b, d->bates);
		(void)snprintf(p->size, sizeof p->size, "%zu", b.len);
		put_document(p, 0, p->native, &b);
		hex_of(nmade - 1, p->sha256);
		buf_adds(&b, "text ");
		put_document(p, 1, p->text, &b);
	}
	buf_release(&b);
}

static void
cells_of(int i, const char *cell[], char seq_r[24])
{
	static char at[WHEN_TEXT_MAX];
	const struct doc *d = &docs[i];
	const struct produced *p = &produced[i];

	for (unsigned k = 0; k < PRODUCTION_COLUMNS; k++)
		cell[k] = "";
	(void)snprintf(seq_r, 24, "%llu", (unsigned long long)d->case_seq);
	cell[PRODUCTION_BEGDOC] = d->bates;
	cell[PRODUCTION_ENDDOC] = d->last;
	cell[PRODUCTION_BEGATTACH] = d->begattach;
	cell[PRODUCTION_ENDATTACH] = d->endattach;
	cell[PRODUCTION_PARENTID] = d->parent;
	cell[PRODUCTION_GROUPID] = d->begattach;
	cell[PRODUCTION_PAGECOUNT] = d->pages;
	cell[PRODUCTION_RECORDTYPE] = d->type;
	cell[PRODUCTION_SUBJECT] = d->subject;
	cell[PRODUCTION_SENTDATE] = d->subject[0] ? "2026-01-02" : "";
	cell[PRODUCTION_SENTTIME] = d->subject[0] ? "10:15:00" : "";
	cell[PRODUCTION_TIMEZONE] = "UTC";
	cell[PRODUCTION_PRODVOL] = "VOL001";
	cell[PRODUCTION_CASESEQ] = seq_r;
	cell[PRODUCTION_RECORDEDAT] = when_text(FIRST_DAY +
	    (int64_t)d->case_seq * WHEN_DAY, at);
	cell[PRODUCTION_NATIVELINK] = p->native;
	cell[PRODUCTION_TEXTLINK] = p->text;
	cell[PRODUCTION_SHA256HASH] = p->sha256;
	cell[PRODUCTION_FILESIZE] = p->size;
}

static void
put_edrm(struct edrm *e, int i, const char *const cell[])
{
	struct produced *p = &produced[i];
	const char *const paths[] = { p->native, p->text, p->image };
	static const char *const types[] = { "Native", "Text", "Image" };
	struct edrm_file file[3];
	unsigned n = 0;

	for (int k = 0; k < 3; k++)
		if (paths[k][0] != '\0')
			file[n++] = (struct edrm_file){ types[k], paths[k],
			    p->sizes[k], p->hash[k] };
	edrm_document(e, cell, file, n);
}

#define DATA LAYOUT_VOLUMES "VOL001/DATA/"

static void
put_volume(void)
{
	struct buf dat = BUF_INIT, opt = BUF_INIT, xml = BUF_INIT;
	struct buf fields = BUF_INIT;
	const char *cell[PRODUCTION_COLUMNS];
	char seq[24], length[16];
	struct edrm e;

	dat_head(&dat, &sheet_production);
	edrm_begin(&e, &xml);
	for (int i = 0; i < DOCS; i++) {
		struct opt_image image = { docs[i].bates, "VOL001",
		    produced[i].image, 1,
		    (uint32_t)strtoul(docs[i].pages, NULL, 10) };

		cells_of(i, cell, seq);
		dat_row(&dat, &sheet_production, cell);
		if (opt_line(&opt, &image) == -1)
			err(1, "opt");
		put_edrm(&e, i, cell);
	}
	edrm_end(&e);
	put(DATA "VOL001.dat", &dat);
	put(DATA "VOL001.opt", &opt);
	put(DATA "VOL001.edrm.xml", &xml);
	sheet_csv_head(&fields, &sheet_fields);
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++) {
		production_field(i, cell, length);
		sheet_csv_row(&fields, &sheet_fields, cell);
	}
	put(DATA "fields.csv", &fields);
	buf_release(&dat);
	buf_release(&opt);
	buf_release(&xml);
	buf_release(&fields);
}

/* ---- the timeline and the auditors' tables ----------------------------- */

static void
timeline_cells(int i, const char *cell[], char room_r[2][32])
{
	for (unsigned k = 0; k < TIMELINE_COLUMNS; k++)
		cell[k] = "";
	(void)snprintf(room_r[0], 32, "%d", i + 1);
	(void)snprintf(room_r[1], 32, "%llu",
	    (unsigned long long)docs[i].case_seq);
	cell[TIMELINE_row] = room_r[0];
	cell[TIMELINE_case_seq] = room_r[1];
	cell[TIMELINE_event_time] = "2026-01-02T11:15:00+01:00";
	cell[TIMELINE_event_time_utc] = "2026-01-02T10:15:00.000000Z";
	cell[TIMELINE_precision] = "exact";
	cell[TIMELINE_time_source] = "envelope";
	cell[TIMELINE_lane] = "email";
	cell[TIMELINE_kind] = "document.received";
	cell[TIMELINE_drift_s] = "-17";
	cell[TIMELINE_subject] = docs[i].subject;
	cell[TIMELINE_summary] = "_x0041_ is no escape";
	cell[TIMELINE_bates_beg] = docs[i].bates;
	cell[TIMELINE_bates_end] = docs[i].last;
	cell[TIMELINE_sha256] = produced[i].sha256;
	cell[TIMELINE_native_path] = produced[i].native;
}

static void
put_book(void)
{
	char path[4096], room[2][32];
	const char *cell[TIMELINE_COLUMNS];
	const struct xlsx_conf conf = { path, folder,
	    "../production/VOL001/" };
	const char *of[PRODUCTION_COLUMNS];
	struct sheet documents = sheet_production;
	char seq[24];
	struct xlsx *x;
	struct buf b = BUF_INIT;
	FILE *f;
	int c;

	(void)snprintf(path, sizeof path, "%s/" LAYOUT_TIMELINE "xlsx",
	    folder);
	if ((x = xlsx_new(&conf)) == NULL ||
	    xlsx_table(x, &timeline_sheet) == -1)
		err(1, "%s", path);
	for (int i = 0; i < DOCS; i++) {
		timeline_cells(i, cell, room);
		if (xlsx_row(x, cell) == -1)
			err(1, "%s", path);
	}
	documents.name = "documents";
	if (xlsx_table(x, &documents) == -1)
		err(1, "%s", path);
	for (int i = 0; i < DOCS; i++) {
		cells_of(i, of, seq);
		if (xlsx_row(x, of) == -1)
			err(1, "%s", path);
	}
	if (xlsx_end(x, FIRST_DAY) == -1)
		err(1, "%s", path);
	xlsx_free(x);
	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	while ((c = getc(f)) != EOF)
		buf_addc(&b, c);
	(void)fclose(f);
	sums(LAYOUT_TIMELINE "xlsx", b.data, b.len);
	buf_release(&b);
}

static void
put_timeline(void)
{
	struct buf csv = BUF_INIT, json = BUF_INIT, txt = BUF_INIT;
	struct buf index = BUF_INIT;
	const char *cell[TIMELINE_COLUMNS];
	const struct gdpdu_table table = { &timeline_sheet, "events.txt",
	    "all events", 1, NULL, 0 };
	const struct gdpdu_set set = { "1.0", "Feld & Partner", "Berlin",
	    "for tests", "B-0001", "2026-01-01", "2026-12-31", &table, 1 };
	char room[2][32];

	sheet_csv_head(&csv, &timeline_sheet);
	gdpdu_head(&txt, &timeline_sheet);
	for (int i = 0; i < DOCS; i++) {
		timeline_cells(i, cell, room);
		sheet_csv_row(&csv, &timeline_sheet, cell);
		sheet_json_row(&json, &timeline_sheet, cell);
		gdpdu_row(&txt, &timeline_sheet, cell);
	}
	put(LAYOUT_TIMELINE "csv", &csv);
	put(LAYOUT_TIMELINE "jsonl", &json);
	put_book();
	put(LAYOUT_AUDIT "events.txt", &txt);
	gdpdu_index(&index, &set);
	put(LAYOUT_AUDIT "index.xml", &index);
	gdpdu_dtd(&index);
	put(LAYOUT_AUDIT GDPDU_DTD_NAME, &index);
	buf_release(&csv);
	buf_release(&json);
	buf_release(&txt);
	buf_release(&index);
}

/* ---- the log ----------------------------------------------------------- */

struct nodes {
	uint8_t	(*hash)[MERKLE_HASH];
	uint64_t used[MERKLE_LEVELS];
};

static int
node_put(void *arg, unsigned level, uint64_t index, const uint8_t *hash)
{
	struct nodes *n = arg;

	if (level > 8 || index >= NODES)
		errx(1, "too many leaves");
	memcpy(n->hash[level * NODES + index], hash, MERKLE_HASH);
	return 0;
}

static int
node_get(void *arg, unsigned level, uint64_t index, uint8_t *hash_r)
{
	struct nodes *n = arg;

	memcpy(hash_r, n->hash[level * NODES + index], MERKLE_HASH);
	return 0;
}

/* What leaf i files, that is no attachment and not withheld; -1. */
static int
filed_by(uint64_t i)
{
	for (int d = 0; d < DOCS; d++)
		if (docs[d].case_seq == i && docs[d].parent[0] == '\0' &&
		    produced[d].native[0] != '\0')
			return d;
	return -1;
}

/* Leaf i (from 1) is a filing if it is even; it binds the arrival i. */
static void
entry_of(uint64_t i, int arrival, struct buf *out, struct disclosed *d)
{
	struct buf at = BUF_INIT, text = BUF_INIT;
	struct disclosed bound;
	uint8_t hash[DISCLOSED_HASH];
	char when[WHEN_TEXT_MAX];
	struct jw w;

	memset(d, 0, sizeof *d);
	memset(d->nonce, (int)(i * 2 + (uint64_t)arrival), sizeof d->nonce);
	buf_clear(out);
	jw_init(&w, out);
	jw_object(&w);
	jw_kstr(&w, "actor", "dossierd");
	jw_kstr(&w, "at", when_text(FIRST_DAY + (int64_t)i * WHEN_DAY, when));
	jw_key(&w, "body");
	jw_object(&w);
	if (!arrival && i % 2 == 0 && filed_by(i) != -1) {
		entry_of(i, 1, &text, &bound);
		if (disclosed_commitment(&bound, hash) == -1)
			errx(1, "digest");
		jw_key(&w, "commitments");
		jw_array(&w);
		jw_hex(&w, hash, sizeof hash);
		jw_end(&w);
	}
	if (arrival)
		jw_kstr(&w, "sha256", produced[filed_by(i)].sha256);
	jw_end(&w);
	jw_kstr(&w, "kind", arrival ? "document.received" : i % 2 == 0 ?
	    "document.filed" : "note.added");
	jw_kint(&w, "seq", (int64_t)i * 10 + !arrival);
	jw_kint(&w, "v", 1);
	jw_end(&w);
	d->entry = (char *)out->data;
	d->entry_len = out->len;
	buf_release(&at);
	buf_release(&text);
}

/* A leaf's text, and the disclosed line of a filing. */
static void
leaf_of(uint64_t i, struct buf *leaf_r, struct buf *disclosed)
{
	struct leaf leaf = { .seq = i, .kind = KIND_COUNT,
	    .at = FIRST_DAY + (int64_t)i * WHEN_DAY };
	struct buf entry = BUF_INIT;
	struct disclosed d;

	entry_of(i, 0, &entry, &d);
	leaf.kind_name = i % 2 == 0 ? "document.filed" : "note.added";
	leaf.kind_len = strlen(leaf.kind_name);
	if (disclosed_commitment(&d, leaf.commitment) == -1)
		errx(1, "digest");
	buf_clear(leaf_r);
	leaf_encode(leaf_r, LEAF_CASE, &leaf);
	d.case_seq = i;
	if (i % 2 == 0)
		disclosed_line(disclosed, &d);
	buf_release(&entry);
}

static void
put_tiles(struct nodes *n, uint64_t size)
{
	const struct merkle_nodes nodes = { node_get, n };
	struct tile_walk walk = { 0, 0, 0 };
	struct buf b = BUF_INIT, leaf = BUF_INIT, none = BUF_INIT;
	struct tile tile;

	while (tile_next(&walk, 0, size, &tile)) {
		char path[TILE_PATH_MAX + 16] = LAYOUT_TILES;

		tile_path(&tile, path + strlen(path));
		if (tile.level != TILE_ENTRIES &&
		    tile_hashes(&b, &tile, &nodes) == -1)
			err(1, "%s", path);
		for (unsigned i = 0; tile.level == TILE_ENTRIES &&
		    i < tile.width; i++) {
			leaf_of(tile.index * TILE_WIDTH + i + 1, &leaf, &none);
			if (tile_entry_add(&b, leaf.data, leaf.len) == -1)
				err(1, "%s", path);
		}
		put(path, &b);
	}
	buf_release(&b);
	buf_release(&leaf);
	buf_release(&none);
}

/* The master tree has three other heads before ours. */
static void
put_master(const struct checkpoint *head, const struct note_vkey *key)
{
	static uint8_t room[9 * NODES][MERKLE_HASH];
	struct nodes n = { room, { 0 } };
	const struct merkle_nodes nodes = { node_get, &n };
	struct merkle_tail tail = { .size = 0 };
	struct checkpoint master;
	struct tlogproof proof;
	struct buf b = BUF_INIT, note = BUF_INIT;
	uint8_t hash[MERKLE_HASH];

	for (int i = 0; i < 5; i++) {
		buf_clear(&b);
		if (i == 3)
			checkpoint_body(&b, head);
		else
			buf_addu(&b, (uint64_t)i);
		merkle_leaf(b.data, b.len, hash);
		if (merkle_append(&tail, hash, node_put, &n) == -1)
			err(1, "master");
	}
	(void)snprintf(master.origin, sizeof master.origin, "%s", key->name);
	master.size = tail.size;
	merkle_root(&tail, master.root);
	if (checkpoint_sign(&note, &master, seed) == -1)
		errx(1, "sign");
	tlogproof_init(&proof);
	proof.index = 3;
	if (merkle_inclusion(&nodes, tail.size, 3, &proof.proof) == -1)
		err(1, "master");
	proof.checkpoint = (char *)note.data;
	proof.checkpoint_len = note.len;
	buf_clear(&b);
	tlogproof_encode(&b, &proof);
	put(LAYOUT_IN_MASTER, &b);
	tlogproof_release(&proof);
	buf_release(&b);
	buf_release(&note);
}

static void
key_of(const char *tree, struct note_vkey *key_r)
{
	uint8_t public[ED25519_KEY];
	char name[NOTE_NAME_MAX + 1];

	(void)snprintf(name, sizeof name, "dossier/%s/%s", sid, tree);
	if (ed25519_public(seed, public) == -1 ||
	    note_vkey_make(key_r, name, NOTE_ED25519, public) == -1)
		err(1, "key");
}

static void
put_keys(const struct note_vkey *kase, const struct note_vkey *master)
{
	char path[4096];
	struct buf b = BUF_INIT;
	FILE *f;

	note_vkey_text(&b, kase);
	buf_addc(&b, '\n');
	note_vkey_text(&b, master);
	buf_addc(&b, '\n');
	put(LAYOUT_KEYS, &b);
	note_vkey_text(&b, master);
	buf_addc(&b, '\n');
	(void)snprintf(path, sizeof path, "%s.vkey", folder);
	if ((f = fopen(path, "we")) == NULL || fwrite(b.data, 1, b.len, f) !=
	    b.len || fclose(f) != 0)
		err(1, "%s", path);
	buf_release(&b);
}

static void
put_log(uint64_t size, struct checkpoint *head)
{
	static uint8_t room[9 * NODES][MERKLE_HASH];
	struct nodes n = { room, { 0 } };
	struct merkle_tail tail = { .size = 0 };
	struct buf leaf = BUF_INIT, lines = BUF_INIT, b = BUF_INIT;
	struct note_vkey kase, master;
	uint8_t hash[MERKLE_HASH];

	key_of("case/0123456789abcdef", &kase);
	key_of("master", &master);
	for (uint64_t i = 1; i <= size; i++) {
		leaf_of(i, &leaf, &lines);
		merkle_leaf(leaf.data, leaf.len, hash);
		if (merkle_append(&tail, hash, node_put, &n) == -1)
			err(1, "tree");
	}
	for (uint64_t i = 2; i <= size; i += 2) {
		struct disclosed d;

		if (filed_by(i) == -1)
			continue;
		entry_of(i, 1, &leaf, &d);
		d.bound_by = i;
		disclosed_line(&lines, &d);
	}
	put(LAYOUT_DISCLOSED, &lines);
	(void)snprintf(head->origin, sizeof head->origin, "%s", kase.name);
	head->size = size;
	merkle_root(&tail, head->root);
	if (checkpoint_sign(&b, head, seed) == -1)
		errx(1, "sign");
	put(LAYOUT_CHECKPOINT, &b);
	put_tiles(&n, size);
	put_master(head, &master);
	put_keys(&kase, &master);
	buf_release(&leaf);
	buf_release(&lines);
	buf_release(&b);
}

/* ---- the bag ----------------------------------------------------------- */

static int
order(const void *a, const void *b)
{
	return strcmp(made[*(const size_t *)a].path,
	    made[*(const size_t *)b].path);
}

static void
put_manifest(int tags, enum bagit_hash hash)
{
	static size_t at[FILES];
	char path[64];
	struct buf b = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < nmade; i++)
		if ((strncmp(made[i].path, LAYOUT_DATA,
		    strlen(LAYOUT_DATA)) != 0) == tags &&
		    strncmp(made[i].path, "tagmanifest-", 12) != 0)
			at[n++] = i;
	qsort(at, n, sizeof at[0], order);
	for (size_t i = 0; i < n; i++)
		bagit_line(&b, hash, hash == BAGIT_SHA512 ? made512[at[i]] :
		    made[at[i]].hash, made[at[i]].path);
	(void)snprintf(path, sizeof path, "%s%s.txt", tags ?
	    LAYOUT_TAGMANIFEST : LAYOUT_MANIFEST, bagit_hash_name(hash));
	put(path, &b);
	buf_release(&b);
}

static void
put_bag(const struct checkpoint *head)
{
	const struct bagit_info info = {
		.organization = "Feld & Partner", .date = "2026-03-02",
		.identifier = "B-0001", .octets = octets, .files = payload,
		.origin = head->origin, .tree_size = head->size,
	};
	struct buf b = BUF_INIT;

	bagit_declaration(&b);
	put(LAYOUT_BAGIT, &b);
	bagit_info(&b, &info);
	put(LAYOUT_INFO, &b);
	for (int tags = 0; tags < 2; tags++) {
		put_manifest(tags, BAGIT_SHA256);
		put_manifest(tags, BAGIT_SHA512);
	}
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	struct checkpoint head;
	uint64_t size;

	if (argc != 3 || (size = strtoull(argv[2], NULL, 10)) < 6)
		errx(2, "usage: bundlegen FOLDER LEAVES (6 or more)");
	folder = argv[1];
	if (mkdir(folder, 0755) == -1)
		err(1, "%s", folder);
	put_documents();
	put_volume();
	put_timeline();
	put_log(size, &head);
	put_bag(&head);
	for (size_t i = 0; i < nmade; i++)
		free((char *)(uintptr_t)made[i].path);
	return 0;
}
