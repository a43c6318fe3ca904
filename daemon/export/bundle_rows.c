/* SPDX-License-Identifier: ISC */
/*
 * bundle_rows: rows of tables being filled, members of parsed JSON, and the
 * small questions that all files of the bundle builder ask.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/base/when.h"

/* ---- a row ------------------------------------------------------- */

void
filling_begin(struct filling *f, const struct sheet *sheet)
{
	f->sheet = sheet;
	buf_clear(&f->text);
	buf_addc(&f->text, '\0');	/* the empty cell */
	memset(f->at, 0, sizeof f->at);
}

void
filling_release(struct filling *f)
{
	buf_release(&f->text);
}

struct buf *
filling_at(struct filling *f, unsigned column)
{
	buf_addc(&f->text, '\0');	/* ends the cell before */
	f->at[column] = (uint32_t)f->text.len;
	return &f->text;
}

void
filling_set(struct filling *f, unsigned column, const char *text)
{
	if (text != NULL && *text != '\0')
		buf_adds(filling_at(f, column), text);
}

void
filling_number(struct filling *f, unsigned column, uint64_t n)
{
	buf_addu(filling_at(f, column), n);
}

const char *const *
filling_end(struct filling *f)
{
	buf_addc(&f->text, '\0');
	if (buf_failed(&f->text)) {
		errno = ENOMEM;
		return NULL;
	}
	for (unsigned i = 0; i < f->sheet->ncolumns; i++)
		f->cell[i] = (const char *)f->text.data + f->at[i];
	return f->cell;
}

struct bag_file *
making_csv(struct making *m, const char *path, const struct sheet *sheet)
{
	struct bag_file *f = bag_open(m->bag, path, 0, m->t);

	if (f != NULL)
		sheet_csv_head(bag_out(f), sheet);
	return f;
}

int
making_row(struct making *m, struct bag_file *f, struct filling *row)
{
	const char *const *cell = filling_end(row);

	if (cell == NULL)
		return making_failed(m, row->sheet->name);
	sheet_csv_row(bag_out(f), row->sheet, cell);
	return bag_flush(f, m->t);
}

int
making_close(struct making *m, struct bag_file *f)
{
	return bag_close(f, NULL, m->t);
}

/* ---- JSON -------------------------------------------------------- */

int
jrow_parse(struct jrow *f)
{
	if (f->parsed)
		json_release(&f->json);
	f->parsed = 0;
	if (buf_failed(&f->text)) {
		errno = ENOMEM;
		return -1;
	}
	if (json_parse(&f->json, (const char *)f->text.data, f->text.len) ==
	    -1)
		return -1;
	f->parsed = 1;
	return 0;
}

void
jrow_release(struct jrow *f)
{
	if (f->parsed)
		json_release(&f->json);
	f->parsed = 0;
	buf_release(&f->text);
}

void
jrow_str(const struct jrow *f, uint32_t obj, const char *key,
    struct buf *out)
{
	(void)json_str(&f->json, json_get(&f->json, obj, key), out);
}

int64_t
jrow_int(const struct jrow *f, uint32_t obj, const char *key)
{
	return json_int(&f->json, json_get(&f->json, obj, key), 0);
}

int64_t
jrow_time(const struct jrow *f, uint32_t obj, const char *key)
{
	struct buf text = BUF_INIT;
	struct when when;
	int64_t at = WHEN_NONE;

	jrow_str(f, obj, key, &text);
	if (text.len > 0 && when_parse((const char *)text.data, text.len,
	    &when) == 0)
		at = when.at;
	buf_release(&text);
	return at;
}

/* ---- what all of them ask ---------------------------------------- */

int
making_failed(struct making *m, const char *what)
{
	return trouble_errno(m->t, SAY_EXPORT_FAILED, what);
}

int
making_bad(struct making *m, const struct id *document, const char *what)
{
	char id[ID_TEXT_MAX];

	return trouble_set(m->t, SAY_EXPORT_DOCUMENT, id_text(document, id),
	    what, NULL, NULL);
}

void
making_phase(struct making *m, enum bundle_phase phase)
{
	atomic_store(&m->progress->phase, (unsigned)phase);
}

void
making_actor(const struct making *m, const char *actor, struct buf *out)
{
	struct jrow row = JROW_INIT;
	struct id id;

	if (id_parse(actor, strlen(actor), &id) == 0 && id.kind == ID_STAFF &&
	    (ask_one(m->store, &id, m->position, &row.text, NULL) == 1 ||
	    ask_one(m->store, &id, m->build.asked, &row.text, NULL) == 1) &&
	    jrow_parse(&row) == 0)
		jrow_str(&row, 0, "name", out);
	else if (strncmp(actor, "uid:", 4) == 0 && !making_is(m, "audit"))
		buf_adds(out, *m->conf->office != '\0' ? m->conf->office :
		    "the office");
	else
		buf_adds(out, actor);
	jrow_release(&row);
}

int
making_is(const struct making *m, const char *profile)
{
	return strcmp(m->bundle->profile, profile) == 0;
}

const char *
making_bates(const struct making *m, uint64_t number, char text_r[BATES_MAX])
{
	if (number == 0 || bates_text(m->bundle->prefix, number, text_r) ==
	    -1)
		text_r[0] = '\0';
	return text_r;
}

static int
by_number(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int
making_index(struct making *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->npieces; i++)
		if (m->piece[i].document.part == 0)
			n += 1 + m->plan->item[m->piece[i].item].ncopies;
	m->place = calloc(n + 1, sizeof *m->place);
	if (m->place == NULL)
		return making_failed(m, "documents");
	for (size_t i = 0; i < m->npieces; i++) {
		const struct piece *p = &m->piece[i];
		const struct plan_item *item = &m->plan->item[p->item];

		if (p->document.part != 0)
			continue;
		m->place[m->nplaces++] = (struct place){ p->document.number,
		    (uint32_t)i, 0 };
		for (unsigned c = 0; c < item->ncopies; c++)
			m->place[m->nplaces++] = (struct place){
			    item->copy[c].number, (uint32_t)i, 1 };
	}
	qsort(m->place, m->nplaces, sizeof *m->place, by_number);
	return 0;
}

const struct piece *
making_piece(const struct making *m, const struct id *document, int *copy_r)
{
	const struct place key = { document->number, 0, 0 }, *found = NULL;

	if (document->kind == ID_DOCUMENT && m->nplaces > 0)
		found = bsearch(&key, m->place, m->nplaces, sizeof key,
		    by_number);
	if (found == NULL)
		return NULL;
	if (copy_r != NULL)
		*copy_r = found->copy;
	return &m->piece[found->piece];
}

void
making_path(const struct making *m, const struct piece *p,
    enum piece_file what, struct buf *out)
{
	static const char *const folder[] = { "NATIVES", "TEXT", "IMAGES" };
	char bates[BATES_MAX], number[24];

	(void)snprintf(number, sizeof number, "%04u", p->folder);
	buf_adds(out, folder[what]);
	buf_addc(out, '/');
	buf_adds(out, number);
	buf_addc(out, '/');
	buf_adds(out, making_bates(m, p->first, bates));
	buf_addc(out, '.');
	buf_adds(out, what == PIECE_OF_NATIVE ? p->ext :
	    what == PIECE_OF_TEXT ? "txt" : "pdf");
}
