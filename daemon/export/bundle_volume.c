/* SPDX-License-Identifier: ISC */
/*
 * bundle_volume: the load files of the production volume (DAT, OPT, EDRM XML,
 * data dictionary) and the logs beside it, all from one row a piece, which is
 * filled once (bundle_piece.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_volume.h"
#include "proto/out/dat.h"
#include "proto/out/opt.h"

#define DATA	VOLUME_FOLDER "DATA/"

struct volume {
	struct bag_file	*dat, *opt, *xml;
	struct bag_file	*privilege, *exceptions;
	struct edrm	 edrm;
	int		 begun;		/* edrm is */
	struct filling	 row;
};

/* ---- opening and ending ------------------------------------------ */

static int
write_fields(struct making *m)
{
	struct bag_file *f = making_csv(m, DATA "fields.csv", &sheet_fields);
	const char *cell[FIELDS_COLUMNS];
	char length[16];

	if (f == NULL)
		return -1;
	for (unsigned i = 0; i < PRODUCTION_COLUMNS; i++) {
		production_field(i, cell, length);
		sheet_csv_row(bag_out(f), &sheet_fields, cell);
	}
	return making_close(m, f);
}

/* Nothing is blacked out yet: the head says what would stand there. */
static int
write_redactions(struct making *m)
{
	struct bag_file *f = making_csv(m, "data/production/redaction-log.csv",
	    &sheet_redactions);

	return f == NULL ? -1 : making_close(m, f);
}

int
volume_open(struct making *m)
{
	struct volume *v = calloc(1, sizeof *v);

	if (v == NULL)
		return making_failed(m, "volume");
	m->volume = v;
	v->dat = bag_open(m->bag, DATA VOLUME ".dat", 0, m->t);
	v->opt = v->dat == NULL ? NULL : bag_open(m->bag,
	    DATA VOLUME ".opt", 0, m->t);
	v->xml = v->opt == NULL ? NULL : bag_open(m->bag,
	    DATA VOLUME ".edrm.xml", 0, m->t);
	v->privilege = v->xml == NULL ? NULL : making_csv(m,
	    "data/production/privilege-log.csv", &sheet_privilege);
	v->exceptions = v->privilege == NULL ? NULL : making_csv(m,
	    "data/production/exceptions.csv", &sheet_exceptions);
	if (v->exceptions == NULL)
		return -1;
	dat_head(bag_out(v->dat), &sheet_production);
	edrm_begin(&v->edrm, bag_out(v->xml));
	v->begun = 1;
	return write_fields(m) == -1 || write_redactions(m) == -1 ? -1 : 0;
}

static int
end(struct making *m, struct bag_file **f)
{
	struct bag_file *it = *f;

	*f = NULL;
	return making_close(m, it);
}

int
volume_close(struct making *m)
{
	struct volume *v = m->volume;
	int bad = 0;

	edrm_end(&v->edrm);
	v->begun = 0;
	bad |= end(m, &v->dat);
	bad |= end(m, &v->opt);
	bad |= end(m, &v->xml);
	bad |= end(m, &v->privilege);
	bad |= end(m, &v->exceptions);
	return bad == 0 ? 0 : -1;
}

void
volume_free(struct volume *v)
{
	struct buf none = BUF_INIT;

	if (v == NULL)
		return;
	if (v->begun) {		/* it lets go of what it holds at its end */
		v->edrm.out = &none;
		edrm_end(&v->edrm);
		buf_release(&none);
	}
	bag_drop(v->dat);
	bag_drop(v->opt);
	bag_drop(v->xml);
	bag_drop(v->privilege);
	bag_drop(v->exceptions);
	filling_release(&v->row);
	free(v);
}

/* ---- one piece in each file -------------------------------------- */

static int
put_opt(struct making *m, const struct piece *p)
{
	struct buf path = BUF_INIT;
	char bates[BATES_MAX];
	struct opt_image image = {
		.id = making_bates(m, p->first, bates), .volume = VOLUME,
		.first = 1, .pages = p->pages
	};
	int rc;

	making_path(m, p, PIECE_OF_IMAGE, &path);
	image.path = buf_str(&path);
	rc = image.path == NULL ? -1 : opt_line(bag_out(m->volume->opt),
	    &image);
	buf_release(&path);
	return rc == -1 ? making_failed(m, "opt") :
	    bag_flush(m->volume->opt, m->t);
}

struct edrm_paths {
	struct buf	path[3];
	char		hash[3][65];
	struct edrm_file file[3];
	unsigned	n;
};

static void
edrm_add(const struct making *m, struct edrm_paths *e, const struct member *k,
    enum piece_file what, const char *type, const struct bag_sums *sums)
{
	struct buf hex = BUF_INIT;
	const char *text;

	making_path(m, &k->piece, what, &e->path[e->n]);
	buf_addhex(&hex, sums->sha256, sizeof sums->sha256);
	if ((text = buf_str(&hex)) != NULL)
		(void)snprintf(e->hash[e->n], sizeof e->hash[0], "%s", text);
	buf_release(&hex);
	text = buf_str(&e->path[e->n]);
	e->file[e->n] = (struct edrm_file){ type, text == NULL ? "" : text,
	    sums->size, e->hash[e->n] };
	e->n++;
}

static int
put_edrm(struct making *m, const struct member *k, const char *const *cell)
{
	struct edrm_paths e;

	memset(&e, 0, sizeof e);
	if (k->piece.flags & PIECE_NATIVE)
		edrm_add(m, &e, k, PIECE_OF_NATIVE, "Native", &k->sums);
	if (k->piece.flags & PIECE_TEXT)
		edrm_add(m, &e, k, PIECE_OF_TEXT, "Text", &k->text_sums);
	edrm_add(m, &e, k, PIECE_OF_IMAGE, "Image", &k->image_sums);
	edrm_document(&m->volume->edrm, cell, e.file, e.n);
	for (unsigned i = 0; i < e.n; i++)
		buf_release(&e.path[i]);
	return bag_flush(m->volume->xml, m->t);
}

static int
put_exception(struct making *m, const struct member *k)
{
	struct filling *row = &m->volume->row;
	struct buf *out;
	char bates[BATES_MAX];

	filling_begin(row, &sheet_exceptions);
	filling_set(row, EXCEPTION_BEGDOC, making_bates(m, k->piece.first,
	    bates));
	out = filling_at(row, EXCEPTION_FILENAME);
	buf_add(out, k->name.data, k->name.len);
	filling_set(row, EXCEPTION_PROBLEM, k->problem);
	filling_set(row, EXCEPTION_DETAIL, k->detail);
	filling_set(row, EXCEPTION_TREATMENT, k->piece.flags & PIECE_SLIP ?
	    k->piece.flags & PIECE_NATIVE ? "native file and a slip sheet" :
	    "a slip sheet" : "native file and its pages");
	if (k->piece.flags & PIECE_NATIVE)
		buf_addhex(filling_at(row, EXCEPTION_SHA256HASH),
		    k->piece.sha256, sizeof k->piece.sha256);
	if (k->piece.case_seq != 0)
		filling_number(row, EXCEPTION_CASESEQ, k->piece.case_seq);
	m->nexceptions++;
	return making_row(m, m->volume->exceptions, row);
}

static int
put_privilege(struct making *m, const struct family *f)
{
	struct filling *row = &m->volume->row;

	filling_begin(row, &sheet_privilege);
	privilege_fill(m, f, row);
	if (making_row(m, m->volume->privilege, row) == -1)
		return -1;
	return book_row(m, BOOK_PRIVILEGE, row->cell);
}

static int
put_dat(struct making *m, struct family *f, unsigned i, size_t first)
{
	struct filling *row = &m->volume->row;
	const char *const *cell;

	filling_begin(row, &sheet_production);
	production_fill(m, f, i, first, row);
	if ((cell = filling_end(row)) == NULL)
		return making_failed(m, "row");
	dat_row(bag_out(m->volume->dat), &sheet_production, cell);
	if (bag_flush(m->volume->dat, m->t) == -1 ||
	    book_row(m, BOOK_DOCUMENTS, cell) == -1)
		return -1;
	return put_edrm(m, &f->member[i], cell);
}

int
volume_family(struct making *m, struct family *f, size_t first)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct member *k = &f->member[i];

		if (put_dat(m, f, i, first) == -1 ||
		    put_opt(m, &k->piece) == -1 ||
		    (k->problem != NULL && put_exception(m, k) == -1))
			return -1;
		if ((k->piece.flags & PIECE_WITHHELD) && !making_is(m,
		    "dsar") && put_privilege(m, f) == -1)
			return -1;
	}
	return 0;
}
