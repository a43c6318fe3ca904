/* SPDX-License-Identifier: ISC */
/*
 * bundle_delta: delta/: what is in this build and not in a named earlier one,
 * the reverse, and what is in both but not the same, by the numbers that the
 * earlier build has kept in the journal.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/export/bundle_own.h"
#include "proto/out/tables.h"

#define DELTA(name) TABLE_COLUMN(delta, name)

struct delta {
	struct making	*m;
	struct numbers	 was;
	const struct numbered **by;	/* of was, by document */
	char		*seen;		/* of by: it is in this build too */
	struct filling	 row;
	struct bag_file	*added, *removed, *changed;
};

static int
by_document(const void *a, const void *b)
{
	const struct numbered *const *x = a, *const *y = b;
	uint32_t i = (*x)->document.number, k = (*y)->document.number;

	return i < k ? -1 : i > k;
}

/* The index in `by', or -1. */
static ptrdiff_t
find(const struct delta *d, const struct id *document)
{
	struct numbered key = { .document = *document };
	const struct numbered *at = &key;
	const struct numbered **found = d->was.n == 0 ? NULL :
	    bsearch(&at, d->by, d->was.n, sizeof *d->by, by_document);

	return found == NULL ? -1 : found - d->by;
}

static void
fill_now(struct filling *row, const struct numbered *n)
{
	filling_set(row, DELTA(BEGDOC), n->first);
	filling_set(row, DELTA(ENDDOC), n->last);
	filling_set(row, DELTA(TREATMENT), treatment_name(n->treatment));
	filling_set(row, DELTA(SHA256HASH), n->sha256);
}

static int
put_one(struct delta *d, const struct numbered *now)
{
	ptrdiff_t i = find(d, &now->document);
	const struct numbered *was = i == -1 ? NULL : d->by[i];

	filling_begin(&d->row, &sheet_delta);
	fill_now(&d->row, now);
	if (was == NULL)
		return making_row(d->m, d->added, &d->row);
	d->seen[i] = 1;
	if (was->treatment == now->treatment && strcmp(was->first,
	    now->first) == 0 && strcmp(was->last, now->last) == 0 &&
	    strcmp(was->sha256, now->sha256) == 0)
		return 0;
	filling_set(&d->row, DELTA(WASBEGDOC), was->first);
	filling_set(&d->row, DELTA(WASENDDOC), was->last);
	filling_set(&d->row, DELTA(WASTREATMENT),
	    treatment_name(was->treatment));
	filling_set(&d->row, DELTA(WASSHA256HASH), was->sha256);
	return making_row(d->m, d->changed, &d->row);
}

static int
put_removed(struct delta *d)
{
	for (size_t i = 0; i < d->was.n; i++) {
		const struct numbered *was = &d->was.v[i];
		ptrdiff_t at = find(d, &was->document);

		if (at == -1 || d->seen[at])
			continue;
		filling_begin(&d->row, &sheet_delta);
		fill_now(&d->row, was);
		if (making_row(d->m, d->removed, &d->row) == -1)
			return -1;
	}
	return 0;
}

static int
open_all(struct delta *d)
{
	struct making *m = d->m;

	if (bundle_numbers(m->store, &m->earlier_bundle, m->earlier.build,
	    &d->was, m->t) == -1)
		return -1;
	d->by = calloc(d->was.n + 1, sizeof *d->by);
	d->seen = calloc(d->was.n + 1, 1);
	if (d->by == NULL || d->seen == NULL)
		return making_failed(m, "delta");
	for (size_t i = 0; i < d->was.n; i++)
		d->by[i] = &d->was.v[i];
	qsort(d->by, d->was.n, sizeof *d->by, by_document);
	d->added = making_csv(m, "data/delta/added.csv", &sheet_delta);
	d->removed = d->added == NULL ? NULL : making_csv(m,
	    "data/delta/removed.csv", &sheet_delta);
	d->changed = d->removed == NULL ? NULL : making_csv(m,
	    "data/delta/changed.csv", &sheet_delta);
	return d->changed == NULL ? -1 : 0;
}

static int
put_all(struct delta *d)
{
	struct making *m = d->m;

	for (size_t i = 0; i < m->npieces;) {
		struct numbered now;

		i = making_numbered(m, i, &now);
		if (put_one(d, &now) == -1)
			return -1;
	}
	return put_removed(d);
}

static int
close_one(struct making *m, struct bag_file **f)
{
	struct bag_file *it = *f;

	*f = NULL;
	return making_close(m, it);
}

int
make_delta(struct making *m)
{
	struct delta d = { .m = m };
	int rc = -1;

	if (m->earlier.build == 0)
		return 0;
	if (open_all(&d) == 0 && put_all(&d) == 0 &&
	    close_one(m, &d.added) == 0 && close_one(m, &d.removed) == 0 &&
	    close_one(m, &d.changed) == 0)
		rc = 0;
	bag_drop(d.added);
	bag_drop(d.removed);
	bag_drop(d.changed);
	numbers_release(&d.was);
	filling_release(&d.row);
	free(d.by);
	free(d.seen);
	return rc;
}
