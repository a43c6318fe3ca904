/* SPDX-License-Identifier: ISC */
/*
 * merge: a binary heap of cursors, the least row on top.  The top is moved on
 * only when the next row is asked for, so that the row given stays valid.
 * It must never outlive its snapshot.
 */
#include "store/ask/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *
sort_bytes(const struct merge *m, size_t i)
{
	return m->cur[i].row.key + m->run[i].off;
}

/* All runs of a merge have sort bytes of one length. */
static int
before(const struct merge *m, size_t a, size_t b)
{
	int d = memcmp(sort_bytes(m, a), sort_bytes(m, b), m->run[a].len);

	return d != 0 ? d < 0 : a < b;
}

static void
sift_down(struct merge *m, size_t i)
{
	for (;;) {
		size_t least = i, kid = 2 * i + 1, t;

		for (size_t k = kid; k < kid + 2 && k < m->live; k++)
			if (before(m, m->heap[k], m->heap[least]))
				least = k;
		if (least == i)
			return;
		t = m->heap[i];
		m->heap[i] = m->heap[least];
		m->heap[least] = t;
		i = least;
	}
}

/*
 * Sets the cursor behind the place for this run; 0 if the run has nothing
 * there.  Sort bytes may be part of the prefix (one thing a run).
 */
static int
seek_behind(struct vcur *cur, const struct run *run, size_t i,
    const struct place *after)
{
	struct vkey key = VKEY_INIT;
	int past = after->run == SIZE_MAX || i <= after->run, d;

	vkey_add(&key, run->prefix.b, run->off);
	vkey_add(&key, after->sort, after->len);
	while (past && key.n < VKEY_MAX)
		key.b[key.n++] = 0xff;
	d = memcmp(key.b, run->prefix.b, run->prefix.n < key.n ?
	    run->prefix.n : key.n);
	if (d < 0)
		return 1;		/* all of the run is behind it */
	if (d > 0)
		return 0;
	if (past)
		vcur_after(cur, key.b, key.n);
	else
		vcur_seek(cur, key.b, key.n);
	return 1;
}

int
merge_open(struct merge *m, struct snap *snap, const struct run *run,
    size_t n, const struct place *after)
{
	memset(m, 0, sizeof(*m));
	if (n == 0)
		return 0;
	m->run = run;
	m->cur = calloc(n, sizeof(*m->cur));
	m->heap = calloc(n, sizeof(*m->heap));
	if (m->cur == NULL || m->heap == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int got;

		m->n = i + 1;
		if (vcur_open(&m->cur[i], snap, run[i].table, &run[i].prefix,
		    run[i].flags) == -1)
			return -1;
		if (after != NULL && after->set &&
		    !seek_behind(&m->cur[i], &run[i], i, after))
			continue;
		if ((got = vcur_next(&m->cur[i])) == -1)
			return -1;
		if (got == 1)
			m->heap[m->live++] = i;
	}
	for (size_t i = m->live / 2; i-- > 0;)
		sift_down(m, i);
	return 0;
}

int
merge_next(struct merge *m, size_t *run_r)
{
	if (m->given) {
		int got = vcur_next(&m->cur[m->heap[0]]);

		if (got == -1)
			return -1;
		if (got == 0)
			m->heap[0] = m->heap[--m->live];
		m->given = 0;
		sift_down(m, 0);
	}
	if (m->live == 0)
		return 0;
	m->given = 1;
	*run_r = m->heap[0];
	return 1;
}

void
merge_place(const struct merge *m, struct place *p)
{
	size_t i = m->heap[0];

	p->set = 1;
	p->len = m->run[i].len;
	memcpy(p->sort, sort_bytes(m, i), p->len);
	p->run = i;
}

void
merge_close(struct merge *m)
{
	for (size_t i = 0; i < m->n; i++)
		vcur_close(&m->cur[i]);
	free(m->cur);
	free(m->heap);
	memset(m, 0, sizeof(*m));
}
