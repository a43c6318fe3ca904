/* SPDX-License-Identifier: ISC */
/*
 * bundlegen: makes a small bundle without a store, by the writers of
 * proto/out alone, so that `dossier verify' and the tools of others can be
 * tried on it and on broken copies of it.
 *
 *	bundlegen FOLDER LEAVES
 *
 * Here are the documents and every table of them; bundlegen_log.c has the
 * tree, bundlegen_bag.c the files and the bag.
 *
 * The same LEAVES give the same bytes; fewer give an earlier state of the
 * same case.  FOLDER.vkey is the key.  Nothing of it is real.
 */
#include "tests/tools/bundlegen.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/xlsx.h"
#include "proto/base/when.h"
#include "proto/out/dat.h"
#include "proto/out/edrm.h"
#include "proto/out/gdpdu.h"
#include "proto/out/layout.h"
#include "proto/out/opt.h"
#include "proto/out/production.h"
#include "proto/out/timeline.h"

#define DOCS 4

static const char *folder;

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

/* One file of a document; k is its place in the arrays. */
static void
put_document(struct produced *p, int k, const char *name, struct buf *b)
{
	char path[4096];

	(void)snprintf(path, sizeof path, LAYOUT_VOLUMES "VOL001/%s", name);
	p->sizes[k] = b->len;
	gen_put(path, b);
	gen_sha256(p->hash[k]);
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
		gen_sha256(p->sha256);
		buf_adds(&b, "text ");
		put_document(p, 1, p->text, &b);
	}
	buf_release(&b);
}

const char *
gen_filed(uint64_t leaf)
{
	for (int i = 0; i < DOCS; i++)
		if (docs[i].case_seq == leaf && docs[i].parent[0] == '\0' &&
		    produced[i].native[0] != '\0')
			return produced[i].sha256;
	return NULL;
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
	cell[PRODUCTION_RECORDEDAT] = when_text(GEN_FIRST_DAY +
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
	gen_put(DATA "VOL001.dat", &dat);
	gen_put(DATA "VOL001.opt", &opt);
	gen_put(DATA "VOL001.edrm.xml", &xml);
	sheet_csv_head(&fields, &sheet_fields);
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++) {
		production_field(i, cell, length);
		sheet_csv_row(&fields, &sheet_fields, cell);
	}
	gen_put(DATA "fields.csv", &fields);
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
	if (xlsx_end(x, GEN_FIRST_DAY) == -1)
		err(1, "%s", path);
	xlsx_free(x);
	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	while ((c = getc(f)) != EOF)
		buf_addc(&b, c);
	(void)fclose(f);
	gen_list(LAYOUT_TIMELINE "xlsx", b.data, b.len);
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
	gen_put(LAYOUT_TIMELINE "csv", &csv);
	gen_put(LAYOUT_TIMELINE "jsonl", &json);
	put_book();
	gen_put(LAYOUT_AUDIT "events.txt", &txt);
	gdpdu_index(&index, &set);
	gen_put(LAYOUT_AUDIT "index.xml", &index);
	gdpdu_dtd(&index);
	gen_put(LAYOUT_AUDIT GDPDU_DTD_NAME, &index);
	buf_release(&csv);
	buf_release(&json);
	buf_release(&txt);
	buf_release(&index);
}

int
main(int argc, char **argv)
{
	struct checkpoint head;
	char key[4096];
	uint64_t size;

	if (argc != 3 || (size = strtoull(argv[2], NULL, 10)) < 6)
		errx(2, "usage: bundlegen FOLDER LEAVES (6 or more)");
	folder = argv[1];
	(void)snprintf(key, sizeof key, "%s.vkey", folder);
	gen_begin(folder);
	put_documents();
	put_volume();
	put_timeline();
	gen_log(key, size, &head);
	gen_bag(&head);
	gen_end();
	return 0;
}
