/* SPDX-License-Identifier: ISC */
/*
 * again: old receipts.  Must never make one up: without the views' answer
 * the request waits.
 */
#include "daemon/intake/again.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/json.h"
#include "proto/base/kinds.h"
#include "proto/base/text.h"
#include "store/ask/ask.h"

struct waiting {
	struct waiting	*next;
	struct store	*store;
	uint64_t	 entry;
	intake_done_fn	*done;
	void		*arg;
};

/* Process-wide, as the log is. */
static struct waiting *waiting;

/* The entry itself: which document, when.  1 found, 0 not, -1. */
static int
find_entry(struct store *store, uint64_t seq, struct receipt *r)
{
	struct ask_query q = {
		.what = ASK_ENTRIES, .from_seq = seq, .as_was = WHEN_NONE,
		.since = WHEN_NONE, .until = WHEN_NONE
	};
	struct buf text = BUF_INIT;
	struct trouble t;
	struct entry e;
	struct ask *ask = ask_open(store, &q, &t);
	int rc = -1;

	if (ask == NULL)
		return -1;
	if (ask_next(ask, &text, 1, &t) == 1 &&
	    entry_decode(&e, (const char *)text.data, text.len) == 0) {
		rc = e.seq == seq && e.kind == KIND_DOCUMENT_RECEIVED;
		r->seq = seq;
		r->at = e.at;
		r->number = e.document;
		entry_release(&e);
	}
	buf_release(&text);
	ask_free(ask);
	return rc;
}

static void
take_hex(const struct json *json, uint32_t tok, uint8_t out_r[LOG_HASH_LEN])
{
	struct buf hex = BUF_INIT;

	if (json_str(json, tok, &hex) == 0 && hex.len == 2 * LOG_HASH_LEN)
		(void)text_unhex((const char *)hex.data, hex.len, out_r);
	buf_release(&hex);
}

/* Chain value and hash from the arrival's receipt.  1 found, 0 not, -1. */
static int
find_chain(struct store *store, struct receipt *r)
{
	struct buf text = BUF_INIT;
	struct json json;
	struct trouble t;
	uint32_t row;
	int rc, found;

	buf_addc(&text, '[');
	found = ask_receipts(store, &r->number, &text, &t);
	buf_addc(&text, ']');
	rc = found == 1 && !buf_failed(&text) ? 0 : -1;
	if (rc == 0 && json_parse(&json, (const char *)text.data,
	    text.len) == 0) {
		for (row = json_first(&json, 0); row != JSON_NONE && !rc;
		    row = json_after(&json, 0, row)) {
			if (json_int(&json, json_get(&json, row, "seq"), -1)
			    != (int64_t)r->seq)
				continue;
			take_hex(&json, json_get(&json, row, "chain"),
			    r->chain);
			take_hex(&json, json_get(&json, row, "sha256"),
			    r->sha256);
			rc = 1;
		}
		json_release(&json);
	}
	buf_release(&text);
	return rc;
}

/* 1 answered, 0 the views do not have it yet. */
static int
answer(struct store *store, uint64_t seq, intake_done_fn *done, void *arg)
{
	struct receipt r;

	memset(&r, 0, sizeof(r));
	r.again = 1;
	if (store_applied(store) < seq)
		return 0;
	if (find_entry(store, seq, &r) == 1 && find_chain(store, &r) == 1)
		done(arg, LOG_REPEATED, &r);
	else	/* the key belongs to something that is no arrival */
		done(arg, LOG_MISMATCH, NULL);
	return 1;
}

void
again_answer(struct store *store, uint64_t seq, intake_done_fn *done,
    void *arg)
{
	struct waiting *w;

	if (answer(store, seq, done, arg))
		return;
	if ((w = malloc(sizeof(*w))) == NULL) {
		done(arg, LOG_NO_SPACE, NULL);
		return;
	}
	*w = (struct waiting){ waiting, store, seq, done, arg };
	waiting = w;
}

void
again_wake(struct store *store)
{
	struct waiting **at = &waiting, *w;

	while ((w = *at) != NULL) {
		if (w->store != store || store_applied(store) < w->entry) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		(void)answer(w->store, w->entry, w->done, w->arg);
		free(w);
	}
}

void
again_end(void)
{
	struct waiting *w;

	while ((w = waiting) != NULL) {
		waiting = w->next;
		w->done(w->arg, LOG_DEAD, NULL);
		free(w);
	}
}
