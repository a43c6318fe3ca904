/* SPDX-License-Identifier: ISC */
/*
 * reclaim: first the entry, then the space (store/journal/spare.c has the
 * steps).  One round is one segment and at most RECLAIM_MAX pieces.
 */
#include "daemon/reclaim.h"

#include <stdlib.h>

#include "daemon/log.h"

#define RECLAIM_MAX 1024	/* pieces: a whole segment of full ones */

struct round {
	struct store	*store;
	unsigned	 n;
	struct loc	 at[RECLAIM_MAX];
};

/* The loop has one thread and one store. */
static int running;

/* {"ordinals":[first,last,...],"segment":N,"series":"blobs"} */
static void
round_body(struct buf *out, const struct loc *at, unsigned n)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "ordinals");
	jw_array(&w);
	for (unsigned i = 0; i < n; i++) {
		if (i == 0 || at[i].ordinal != at[i - 1].ordinal + 1)
			jw_int(&w, at[i].ordinal);
		if (i + 1 == n || at[i + 1].ordinal != at[i].ordinal + 1)
			jw_int(&w, at[i].ordinal);
	}
	jw_end(&w);
	jw_kint(&w, "segment", at->segment);
	jw_kstr(&w, "series", at->series == LOG_DERIVED ? "derived" :
	    "blobs");
	jw_end(&w);
}

static struct batch *
round_batch(struct log *log, const struct loc *at, unsigned n)
{
	struct batch *b = batch_new(log);
	struct buf body = BUF_INIT;
	struct draft d = {
		.kind = KIND_SPACE_RECLAIMED, .actor = "dossierd",
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_NONE, .staff = REF_NONE, .blob = -1
	};

	round_body(&body, at, n);
	d.body = (const char *)body.data;
	d.bodylen = body.len;
	if (b != NULL && (buf_failed(&body) || batch_draft(b, &d) == -1)) {
		batch_free(b);
		b = NULL;
	}
	buf_release(&body);
	return b;
}

static void
round_done(void *arg, const struct log_result *result)
{
	struct round *r = arg;
	struct trouble t;
	uint64_t bytes;

	running = 0;
	if (result->outcome != LOG_DONE)
		;	/* they are named again at a later tick */
	else if (log_reclaim(store_log(r->store), r->at, r->n, &bytes, &t)
	    == -1)
		logline_trouble(LOGLINE_WARNING, "reclaim.failed", &t);
	else
		logline(LOGLINE_INFO, "reclaim.done",
		    "segment=%u pieces=%u bytes=%llu", r->at[0].segment, r->n,
		    (unsigned long long)bytes);
	free(r);
}

void
reclaim_tick(struct store *store)
{
	struct log *log = store_log(store);
	struct round *r;
	struct batch *b = NULL;

	if (running || log_busy(log) || (r = malloc(sizeof(*r))) == NULL)
		return;
	r->store = store;
	r->n = log_spare(log, r->at, RECLAIM_MAX);
	if (r->n > 0)
		b = round_batch(log, r->at, r->n);
	if (b == NULL) {
		free(r);
		return;
	}
	running = 1;
	log_append(log, b, round_done, r);
}

/* How many of the places from i on are in one segment. */
static unsigned
run_of(const struct buf *places, size_t i, struct loc at_r[RECLAIM_MAX])
{
	unsigned n = 0;

	for (; i < places->len && n < RECLAIM_MAX; i += LOC_LEN) {
		loc_get(places->data + i, &at_r[n]);
		if (n > 0 && (at_r[n].segment != at_r[0].segment ||
		    at_r[n].series != at_r[0].series))
			break;
		n++;
	}
	return n;
}

int
reclaim_all(struct log *log, const struct buf *places, uint64_t *bytes_r,
    struct trouble *t)
{
	struct loc *at = calloc(RECLAIM_MAX, sizeof(*at));
	struct receipt receipt;
	struct batch *b;
	uint64_t bytes;
	unsigned n;
	int rc = at == NULL ? trouble_set(t, SAY_STORE_MEMORY, NULL, NULL,
	    NULL, NULL) : 0;

	*bytes_r = 0;
	for (size_t i = 0; rc == 0 && i < places->len;
	    i += (size_t)n * LOC_LEN) {
		n = run_of(places, i, at);
		b = round_batch(log, at, n);
		if (b == NULL || log_append_wait(log, b, &receipt, 1) !=
		    LOG_DONE)
			rc = trouble_set(t, SAY_RECLAIM_NOT_KEPT, NULL, NULL,
			    NULL, NULL);
		else
			rc = log_reclaim(log, at, n, &bytes, t);
		*bytes_r += rc == 0 ? bytes : 0;
	}
	free(at);
	return rc;
}
