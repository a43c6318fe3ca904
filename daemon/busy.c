/* SPDX-License-Identifier: ISC */
/*
 * busy: a list, searched from end to end; it is short.
 */
#include "daemon/busy.h"

#include <assert.h>
#include <stddef.h>

static struct busy_one *
find(const struct busy *b, const struct id *id)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (b->one[i].document == id->number)
			return (struct busy_one *)(uintptr_t)&b->one[i];
	return NULL;
}

int
busy_has(const struct busy *b, const struct id *id)
{
	return find(b, id) != NULL;
}

int
busy_full(const struct busy *b)
{
	return b->n == BUSY_MAX;
}

void
busy_add(struct busy *b, const struct id *id)
{
	assert(b->n < BUSY_MAX && find(b, id) == NULL);
	b->one[b->n++] = (struct busy_one){ id->number, 0, 0 };
}

void
busy_stated(struct busy *b, const struct id *id, uint64_t seq)
{
	struct busy_one *one = find(b, id);

	if (one != NULL)
		one->seq = seq;
}

void
busy_put_off(struct busy *b, const struct id *id, int64_t until)
{
	struct busy_one *one = find(b, id);

	if (one != NULL)
		one->until = until;
}

int
busy_tidy(struct busy *b, uint64_t applied, int64_t now)
{
	unsigned i = 0;
	int let_go = 0;

	while (i < b->n) {
		if ((b->one[i].seq == 0 || b->one[i].seq > applied) &&
		    (b->one[i].until == 0 || b->one[i].until > now)) {
			i++;
			continue;
		}
		b->one[i] = b->one[--b->n];
		let_go = 1;
	}
	return let_go;
}
