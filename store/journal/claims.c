/* SPDX-License-Identifier: ISC */
/*
 * claims: see claims.h.  Two tables, so that forgetting costs nothing: the
 * young one takes what is set; once the base holds all of the old one, the
 * old one is emptied and they change places.
 */
#include "store/journal/claims.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST 1024

void
claims_init(struct claims *c)
{
	memset(c, 0, sizeof(*c));
	atomic_init(&c->applied, 0);
}

void
claims_release(struct claims *c)
{
	free(c->young.row);
	free(c->old.row);
	memset(&c->young, 0, sizeof(c->young));
	memset(&c->old, 0, sizeof(c->old));
}

/* Keys are keyed hashes, so their first bytes are spread evenly. */
static struct claim_row *
table_find(const struct claim_table *t, const uint8_t *key)
{
	size_t at;

	if (t->cap == 0)
		return NULL;
	at = (size_t)get64(key) & (t->cap - 1);
	while (t->row[at].used &&
	    memcmp(t->row[at].key, key, LOG_CLAIM_LEN) != 0)
		at = (at + 1) & (t->cap - 1);
	return &t->row[at];
}

static int
table_room(struct claim_table *t, size_t n)
{
	struct claim_table grown = { .n = t->n, .last = t->last };

	if ((t->n + n) * 4 <= t->cap * 3)
		return 0;
	grown.cap = t->cap == 0 ? TABLE_FIRST : t->cap * 2;
	while ((t->n + n) * 4 > grown.cap * 3)
		grown.cap *= 2;
	grown.row = calloc(grown.cap, sizeof(*grown.row));
	if (grown.row == NULL)
		return -1;
	for (size_t i = 0; i < t->cap; i++)
		if (t->row[i].used)
			*table_find(&grown, t->row[i].key) = t->row[i];
	free(t->row);
	*t = grown;
	return 0;
}

int
claims_get(struct claims *c, const uint8_t key[LOG_CLAIM_LEN],
    uint64_t *value_r)
{
	const struct claim_row *row = table_find(&c->young, key);
	int r = 0;

	if (row == NULL || !row->used)
		row = table_find(&c->old, key);
	*value_r = 0;
	if (row != NULL && row->used) {
		*value_r = row->value;
		return 0;
	}
	if (c->base != NULL)
		r = c->base(c->arg, key, value_r);
	return r == -1 ? -1 : 0;
}

int
claims_set(struct claims *c, const uint8_t key[LOG_CLAIM_LEN], uint64_t value,
    uint64_t seq)
{
	struct claim_row *row;

	if (table_room(&c->young, 1) == -1)
		return -1;
	row = table_find(&c->young, key);
	assert(row != NULL);
	if (!row->used) {
		memcpy(row->key, key, LOG_CLAIM_LEN);
		row->used = 1;
		c->young.n++;
	}
	row->value = value;
	if (seq > c->young.last)
		c->young.last = seq;
	return 0;
}

void
claims_applied(struct claims *c, uint64_t seq)
{
	atomic_store(&c->applied, seq);
}

void
claims_forget(struct claims *c)
{
	struct claim_table t;
	uint64_t applied = atomic_load(&c->applied);

	if (c->base == NULL || (c->old.n > 0 && c->old.last > applied) ||
	    c->young.n == 0 || c->young.n < c->young.cap / 8)
		return;
	t = c->old;
	if (t.n > 0)
		memset(t.row, 0, t.cap * sizeof(*t.row));
	t.n = 0;
	t.last = 0;
	c->old = c->young;
	c->young = t;
}
