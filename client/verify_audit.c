/* SPDX-License-Identifier: ISC */
/*
 * verify_audit: the auditors' tables: index.xml must describe the files that
 * stand beside it, column for column, and no other; a table that is the
 * timeline must have its rows.
 */
#include <stdlib.h>
#include <string.h>

#include "client/verify_table.h"
#include "client/verify_xml.h"
#include "proto/out/gdpdu.h"
#include "proto/out/layout.h"

#define TABLES_MAX	32
#define URL_MAX		64

/* Names of columns, each ended by NUL. */
struct audit_table {
	char		url[URL_MAX];
	struct buf	names;
	int		case_seq, sha256;	/* columns; -1 */
	int		events;			/* the timeline's rows */
	uint64_t	rows;
	struct rowsums	pairs;
};

struct audit_file {
	struct audit_read *of;
	int		 what;		/* 0 index.xml, 1 a table */
};

struct audit_read {
	struct audit_file file[2];
	struct audit_table table[TABLES_MAX], described[TABLES_MAX];
	unsigned	 ntables, ndescribed;
	char		 name[URL_MAX];		/* of the file going by */
	int		 there;
	struct table_fault fault;
	char		 faulty[URL_MAX];
	struct cells	 cells;
	struct buf	 text;
	struct xml	*xml;
	int		 in_column, taking;
	int		 no_memory;
};

struct audit_read *
audit_read_new(void)
{
	struct audit_read *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->file[0] = (struct audit_file){ a, 0 };
	a->file[1] = (struct audit_file){ a, 1 };
	a->fault.key = SAY_COUNT;
	cells_init(&a->cells, &gdpdu_form);
	return a;
}

void
audit_read_free(struct audit_read *a)
{
	if (a == NULL)
		return;
	for (unsigned i = 0; i < TABLES_MAX; i++) {
		buf_release(&a->table[i].names);
		buf_release(&a->table[i].pairs.sums);
		buf_release(&a->described[i].names);
	}
	buf_release(&a->text);
	cells_release(&a->cells);
	xml_free(a->xml);
	free(a);
}

static int
bad(struct audit_read *a, enum say_key key, uint64_t row)
{
	if (a->fault.key == SAY_COUNT)
		(void)snprintf(a->faulty, sizeof a->faulty, "%s", a->name);
	return table_bad(&a->fault, key, row);
}

/* ---- index.xml --------------------------------------------------------- */

static int
is_column(const char *name)
{
	return strcmp(name, "VariableColumn") == 0 ||
	    strcmp(name, "VariablePrimaryKey") == 0;
}

static int
index_begun(void *arg, const char *name, const char *const attrs[])
{
	struct audit_read *a = arg;

	(void)attrs;
	if (strcmp(name, "Table") == 0) {
		if (a->ndescribed == TABLES_MAX) {
			(void)bad(a, SAY_VERIFY_LONG, 0);
			return -1;
		}
		a->ndescribed++;
	}
	if (is_column(name))
		a->in_column = 1;
	a->taking = a->ndescribed > 0 && (strcmp(name, "URL") == 0 ||
	    (a->in_column && strcmp(name, "Name") == 0));
	buf_clear(&a->text);
	return 0;
}

static int
index_text(void *arg, const char *text, size_t n)
{
	struct audit_read *a = arg;

	if (a->taking && n < URL_MAX && a->text.len < URL_MAX)
		buf_add(&a->text, text, n);
	return 0;
}

static int
index_ended(void *arg, const char *name)
{
	struct audit_read *a = arg;
	struct audit_table *t = a->ndescribed > 0 ?
	    &a->described[a->ndescribed - 1] : NULL;

	if (a->taking && strcmp(name, "URL") == 0)
		(void)snprintf(t->url, sizeof t->url, "%s", buf_failed(
		    &a->text) ? "" : buf_str(&a->text));
	else if (a->taking) {
		buf_add(&t->names, a->text.data, a->text.len);
		buf_addc(&t->names, '\0');
	}
	if (is_column(name))
		a->in_column = 0;
	a->taking = 0;
	a->no_memory = buf_failed(&a->text) || (t != NULL &&
	    buf_failed(&t->names));
	return a->no_memory ? -1 : 0;
}

static const struct xml_calls index_calls = {
	index_begun, index_text, index_ended
};

/* ---- tables ------------------------------------------------------------ */

static int
head_took(struct audit_read *a, struct audit_table *t)
{
	t->case_seq = t->sha256 = -1;
	for (unsigned i = 0; i < a->cells.ncells; i++) {
		const char *name = a->cells.cell[i];

		buf_add(&t->names, name, strlen(name) + 1);
		if (strcmp(name, "case_seq") == 0)
			t->case_seq = (int)i;
		else if (strcmp(name, "sha256") == 0)
			t->sha256 = (int)i;
	}
	t->events = t->case_seq > 0 && t->sha256 > 0 &&
	    strcmp(a->cells.cell[0], "row") == 0;
	return buf_failed(&t->names) ? -1 : 0;
}

static int
row_took(struct audit_read *a, struct audit_table *t)
{
	const char *seq, *sha256;

	t->rows++;
	if (!t->events)
		return 0;
	seq = a->cells.cell[t->case_seq];
	sha256 = a->cells.cell[t->sha256];
	buf_clear(&a->text);
	buf_adds(&a->text, seq);
	buf_addc(&a->text, '\0');
	buf_adds(&a->text, sha256);
	if (buf_failed(&a->text))
		return -1;
	return rowsums_add(&t->pairs, a->text.data, a->text.len);
}

static int
table_bytes(struct audit_read *a, const uint8_t *p, size_t n)
{
	struct audit_table *t = &a->table[a->ntables - 1];

	while (n > 0) {
		size_t used;
		int rc = cells_read(&a->cells, p, n, &used);

		if (rc == -1)
			return bad(a, SAY_VERIFY_SHAPE, a->cells.row);
		if (rc == 0)
			return 0;
		if ((a->cells.row == 1 ? head_took(a, t) : row_took(a, t)) ==
		    -1)
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

/* ---- a file goes by ---------------------------------------------------- */

static int
file_begin(void *arg)
{
	struct audit_file *f = arg;
	struct audit_read *a = f->of;

	a->there = 1;
	if (f->what == 0)
		return (a->xml = xml_new(&index_calls, a)) == NULL ? -1 : 0;
	cells_release(&a->cells);
	cells_init(&a->cells, &gdpdu_form);
	if (a->ntables == TABLES_MAX)
		return bad(a, SAY_VERIFY_LONG, 0);
	(void)snprintf(a->table[a->ntables++].url, URL_MAX, "%s", a->name);
	return 0;
}

static int
file_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct audit_file *f = arg;
	struct audit_read *a = f->of;

	if (a->fault.key != SAY_COUNT)
		return 0;
	if (f->what == 1)
		return table_bytes(a, p, n);
	if (xml_bytes(a->xml, p, n) == -1)
		(void)bad(a, SAY_VERIFY_XML, 0);
	return a->no_memory ? -1 : 0;
}

static int
file_end(void *arg)
{
	struct audit_file *f = arg;
	struct audit_read *a = f->of;

	if (f->what == 0) {
		if (a->fault.key == SAY_COUNT && xml_end(a->xml) == -1)
			(void)bad(a, SAY_VERIFY_XML, 0);
		xml_free(a->xml);
		a->xml = NULL;
	} else if (a->fault.key == SAY_COUNT &&
	    (cells_read_end(&a->cells) == -1 || a->cells.row == 0)) {
		(void)bad(a, SAY_VERIFY_TABLE_TORN, a->cells.row);
	}
	return 0;
}

static const struct table_calls file_calls = {
	file_begin, file_bytes, file_end
};

const struct table_calls *
audit_read_of(struct audit_read *a, const char *path, void **arg_r)
{
	size_t base = strlen(LAYOUT_AUDIT), n = strlen(path);

	if (strncmp(path, LAYOUT_AUDIT, base) != 0 ||
	    strchr(path + base, '/') != NULL || n - base >= URL_MAX)
		return NULL;
	(void)snprintf(a->name, sizeof a->name, "%s", path + base);
	if (strcmp(a->name, "index.xml") == 0)
		*arg_r = &a->file[0];
	else if (n > 4 && strcmp(path + n - 4, ".txt") == 0)
		*arg_r = &a->file[1];
	else
		return NULL;
	return &file_calls;
}

/* ---- the checks -------------------------------------------------------- */

static int
described(struct verify *v, const struct audit_read *a,
    const struct audit_table *t)
{
	for (unsigned i = 0; i < a->ndescribed; i++) {
		const struct audit_table *d = &a->described[i];

		if (strcmp(d->url, t->url) != 0)
			continue;
		if (d->names.len == t->names.len && (d->names.len == 0 ||
		    memcmp(d->names.data, t->names.data, d->names.len) == 0))
			return 0;
		break;
	}
	return verify_broken(v, VERIFY_AUDIT, SAY_VERIFY_AUDIT_COLUMNS,
	    t->url, NULL);
}

void
audit_check(struct verify *v, struct audit_read *a, struct rowsums *timeline)
{
	uint64_t rows = 0;

	if (!a->there)
		return;
	if (a->fault.key != SAY_COUNT) {
		verify_broken(v, VERIFY_AUDIT, a->fault.key, a->faulty,
		    verify_number(a->fault.row));
		return;
	}
	for (unsigned i = 0; i < a->ntables; i++) {
		struct audit_table *t = &a->table[i];

		rows += t->rows;
		if (described(v, a, t) == -1)
			return;
		if (t->events && timeline != NULL &&
		    !rowsums_same_set(&t->pairs, timeline)) {
			verify_broken(v, VERIFY_AUDIT,
			    SAY_VERIFY_AUDIT_ROWS, t->url, NULL);
			return;
		}
	}
	if (a->ntables != a->ndescribed) {
		verify_broken(v, VERIFY_AUDIT, SAY_VERIFY_AUDIT_TABLES, NULL,
		    NULL);
		return;
	}
	verify_good(v, VERIFY_AUDIT, SAY_VERIFY_OK_AUDIT,
	    verify_number(a->ntables), verify_number(rows));
}
