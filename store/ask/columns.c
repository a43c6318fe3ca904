/* SPDX-License-Identifier: ISC */
/*
 * columns: which scopes a column shows.  The rule stands in ask.h, above the
 * timeline.
 */
#include "store/ask/columns.h"

#include <stdlib.h>
#include <string.h>

/* Scopes of the record that a column borrows, each for one column only. */
struct borrowed {
	struct ids	seen;
	struct columns	*columns;
};

static char *
text_dup(const struct vstr *s)
{
	char *p = malloc(s->n + 1);

	if (p == NULL)
		return NULL;
	for (size_t i = 0; i < s->n; i++)
		p[i] = s->p[i] == '\0' ? ' ' : s->p[i];
	p[s->n] = '\0';
	return p;
}

/* Names what there is; a thing that was not there yet has no title. */
static int
name_column(struct room *room, struct rows_column *c)
{
	struct vrow row = VROW_INIT;
	struct vstr title = { "", 0 }, name = { "", 0 };
	struct vclient client;
	struct vcase kase;
	int got = get_case(room, &c->id, &row, &kase);

	c->client = c->id.kind == ID_CLIENT ? c->id : (struct id){ 0 };
	if (got == 1) {
		title = kase.title;
		c->client = kase.client;
	}
	if (got != -1 && (c->title = text_dup(&title)) == NULL)
		got = -1;
	if (got != -1 && (got = get_client(room, &c->client, &row,
	    &client)) == 1)
		name = client.name;
	if (got != -1 && (c->client_name = text_dup(&name)) == NULL)
		got = -1;
	if (got != -1 && c->id.kind == ID_CLIENT) {
		free((void *)(uintptr_t)c->title);
		if ((c->title = text_dup(&name)) == NULL)
			got = -1;
	}
	vrow_release(&row);
	return got == -1 ? -1 : 0;
}

static int
add_run(struct columns *columns, const struct id *scope, unsigned column,
    int quiet, int rows_only)
{
	struct run run = { .table = VIEW_TIME, .off = VKEY_TIME_AT, .len = 16,
	    .column = column, .quiet = quiet, .rows_only = rows_only };

	vkey_id(&run.prefix, scope);
	return runs_add(&columns->runs, &run);
}

static int
borrow(struct borrowed *b, const struct id *scope, unsigned column)
{
	size_t n = b->seen.n;

	for (unsigned i = 0; i < b->columns->n; i++)
		if (id_equal(&b->columns->v[i].id, scope))
			return 0;	/* has a column of its own */
	if (ids_once(&b->seen, scope) == -1)
		return -1;
	if (b->seen.n == n)
		return 0;
	return add_run(b->columns, scope, column, 1, 1);
}

/* The record of those who are, or were, parties of a scope. */
static int
borrow_parties(struct room *room, struct borrowed *b, const struct id *scope,
    unsigned column)
{
	struct vkey prefix = VKEY_INIT;
	struct vparty party;
	struct vcur cur;
	int got;

	vkey_id(&prefix, scope);
	got = vcur_open(&cur, &room->snap, VIEW_PARTY, &prefix, 0);
	while (got != -1 && (got = vcur_next(&cur)) == 1)
		if ((got = vparty_unpack(cur.row.data.data, cur.row.data.len,
		    &party)) == -1 ||
		    (got = borrow(b, &party.contact, column)) == -1)
			break;
	vcur_close(&cur);
	return got;
}

static int
fill_column(struct room *room, struct borrowed *b, unsigned column)
{
	const struct rows_column *c = &b->columns->v[column];
	struct ids scopes = { NULL, 0, 0 };
	int ret = -1;

	if (scopes_of(room, &c->id, &scopes) == -1)
		goto out;
	for (size_t i = 0; i < scopes.n; i++)
		if (add_run(b->columns, &scopes.v[i], column, 0, 0) == -1)
			goto out;
	for (size_t i = 0; i < scopes.n; i++)
		if ((scopes.v[i].kind == ID_CLIENT || scopes.n == 1) &&
		    borrow_parties(room, b, &scopes.v[i], column) == -1)
			goto out;
	if (c->id.kind == ID_CASE && c->client.kind == ID_CLIENT &&
	    (borrow(b, &c->client, column) == -1 ||
	    borrow_parties(room, b, &c->client, column) == -1))
		goto out;
	ret = 0;
out:
	ids_release(&scopes);
	return ret;
}

static int
take_columns(struct room *room, const struct ask_query *q,
    struct columns *columns)
{
	struct id of[ASK_OF_MAX];

	for (unsigned i = 0; i < q->nof && i < ASK_OF_MAX; i++) {
		struct rows_column *c = &columns->v[columns->n];
		unsigned k = 0;

		while (k < columns->n && !id_equal(&of[k], &q->of[i]))
			k++;
		if (k < columns->n)
			continue;	/* asked for twice */
		of[columns->n++] = c->id = q->of[i];
		if (name_column(room, c) == -1 ||
		    count_waiting(room, &c->id, 1, &c->waiting) == -1)
			return -1;
	}
	return count_waiting(room, of, columns->n, &columns->waiting);
}

int
columns_make(struct room *room, const struct ask_query *q,
    struct columns *columns)
{
	struct borrowed b = { { NULL, 0, 0 }, columns };
	int ret;

	memset(columns, 0, sizeof(*columns));
	ret = take_columns(room, q, columns);
	for (unsigned i = 0; ret == 0 && i < columns->n; i++)
		ret = fill_column(room, &b, i);
	ids_release(&b.seen);
	return ret;
}

void
columns_release(struct columns *columns)
{
	for (unsigned i = 0; i < ASK_OF_MAX; i++) {
		free((void *)(uintptr_t)columns->v[i].title);
		free((void *)(uintptr_t)columns->v[i].client_name);
	}
	runs_release(&columns->runs);
	memset(columns, 0, sizeof(*columns));
}
