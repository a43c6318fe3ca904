/* SPDX-License-Identifier: ISC */
/* tally: counting by text, and the median of gaps. */
#include "store/ask/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RHYTHM_LEAST	4	/* with fewer nothing is usual */

/* ---- reasons ---------------------------------------------------------- */

int
reasons_add(struct reasons *r, const char *text, size_t len, uint64_t n)
{
	struct reason *grown;
	unsigned i;

	if (r->n >= REASONS_MAX)
		len = 0;		/* beyond: those without a text */
	for (i = 0; i < r->n; i++)
		if (strlen(r->v[i].text) == len &&
		    (len == 0 || memcmp(r->v[i].text, text, len) == 0))
			break;
	if (i == r->n) {
		grown = realloc(r->v, (r->n + 1) * sizeof(*grown));
		if (grown == NULL)
			return -1;
		r->v = grown;
		r->v[i].n = 0;
		if ((r->v[i].text = strndup(len > 0 ? text : "", len)) == NULL)
			return -1;
		r->n++;
	}
	r->v[i].n += n;
	return 0;
}

void
reasons_clear(struct reasons *r)
{
	for (unsigned i = 0; i < r->n; i++)
		free(r->v[i].text);
	free(r->v);
	r->v = NULL;
	r->n = 0;
}

static int
reason_order(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->text, y->text);
}

void
put_reasons(struct jw *w, const char *key, struct reasons *r)
{
	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), reason_order);
	jw_key(w, key);
	jw_array(w);
	for (unsigned i = 0; i < r->n; i++) {
		jw_object(w);
		jw_kint(w, "count", (int64_t)r->v[i].n);
		jw_kstr(w, "reason", r->v[i].text);
		jw_end(w);
	}
	jw_end(w);
}

/* ---- refusals --------------------------------------------------------- */

struct refused *
refused_find(const struct refusals *all, const char *source, size_t len)
{
	struct refused *r = all->first;

	while (r != NULL && (strlen(r->source) != len ||
	    (len > 0 && memcmp(r->source, source, len) != 0)))
		r = r->next;
	return r;
}

static void
refused_free(struct refused *r)
{
	reasons_clear(&r->why);
	free(r->source);
	free(r->channel);
	free(r);
}

static struct refused *
refused_make(struct refusals *all, struct buf *source, struct buf *channel)
{
	struct refused *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->source = strdup(buf_str(source))) == NULL ||
	    (r->channel = strdup(buf_str(channel))) == NULL) {
		if (r != NULL)
			refused_free(r);
		return NULL;
	}
	if (all->first == NULL)
		all->first = r;
	else
		all->last->next = r;
	all->last = r;
	return r;
}

int
refused_note(struct refusals *all, const struct told *told, uint64_t n)
{
	struct buf source = BUF_INIT, channel = BUF_INIT, reason = BUF_INIT;
	const struct entry *entry = &told->entry;
	struct refused *r = NULL;
	int ret = -1;

	(void)json_str(&entry->json, entry_get(entry, "source"), &source);
	(void)json_str(&entry->json, entry_get(entry, "channel"), &channel);
	(void)json_str(&entry->json, entry_get(entry, "reason"), &reason);
	if (!buf_failed(&source) && !buf_failed(&channel) &&
	    !buf_failed(&reason)) {
		r = refused_find(all, (const char *)source.data, source.len);
		if (r == NULL)
			r = refused_make(all, &source, &channel);
	}
	if (r != NULL) {
		r->n += n;
		ret = reasons_add(&r->why, (const char *)reason.data,
		    reason.len, n);
	}
	if (ret == -1)
		errno = ENOMEM;
	buf_release(&source);
	buf_release(&channel);
	buf_release(&reason);
	return ret;
}

void
refusals_clear(struct refusals *all)
{
	struct refused *r;

	while ((r = all->first) != NULL) {
		all->first = r->next;
		refused_free(r);
	}
	all->last = NULL;
}

/* ---- rhythm ----------------------------------------------------------- */

static int
gap_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void
rhythm_of(int64_t gap[], unsigned n, struct rhythm *r)
{
	if (n < RHYTHM_LEAST)
		return;
	qsort(gap, n, sizeof(*gap), gap_order);
	r->usual = n % 2 == 1 ? gap[n / 2] :
	    gap[n / 2 - 1] + (gap[n / 2] - gap[n / 2 - 1]) / 2;
	r->longest = gap[n - 1];
}
