/* SPDX-License-Identifier: ISC */
/*
 * refused: one document.refused for each refusal up to a rate, then counts.
 *
 * Must never hold up a door: rows are appended without waiting, and a row
 * that the log could not keep is counted again at the next tick.
 */
#include "daemon/intake/refused.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REFUSED_FREE	100		/* rows of a peer in a minute */
#define REFUSED_PEERS	1024		/* beyond, peers count as one */
#define REFUSED_MINUTE	60000
#define REFUSED_OTHERS	"others"

/* What one peer did in its present minute at one door for one reason. */
struct count {
	struct count	*next;
	char		 peer[64];
	char		 channel[16];
	char		 source[80];
	char		 reason[200];
	int64_t		 since;		/* begin of the minute */
	unsigned	 rows;		/* written one by one */
	uint64_t	 more;		/* counted beyond */
};

/* Process-wide like the log: doors have nothing else in common. */
static struct count *counts;
static unsigned ncounts;

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
fill(char *to, size_t size, const char *from)
{
	size_t len = from != NULL ? strlen(from) : 0;

	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(to, from, len);
	to[len] = '\0';
}

static struct count *
count_of(const struct refusal *r, int64_t now)
{
	struct count want, *c;

	memset(&want, 0, sizeof(want));
	fill(want.peer, sizeof(want.peer), r->peer);
	fill(want.channel, sizeof(want.channel), r->channel);
	fill(want.source, sizeof(want.source), r->source);
	fill(want.reason, sizeof(want.reason), r->reason);
	if (ncounts >= REFUSED_PEERS)
		fill(want.peer, sizeof(want.peer), REFUSED_OTHERS);
	for (c = counts; c != NULL; c = c->next)
		if (strcmp(c->peer, want.peer) == 0 &&
		    strcmp(c->channel, want.channel) == 0 &&
		    strcmp(c->source, want.source) == 0 &&
		    strcmp(c->reason, want.reason) == 0)
			return c;
	if ((c = malloc(sizeof(*c))) == NULL)
		return NULL;
	*c = want;
	c->since = now;
	c->next = counts;
	counts = c;
	ncounts++;
	return c;
}

/* What a row carries until the log has answered. */
struct row {
	struct store	*store;
	struct count	 of;
	uint64_t	 n;
};

static void
row_done(void *arg, const struct log_result *result)
{
	struct row *row = arg;
	struct refusal again = {
		row->of.channel, row->of.source, row->of.reason,
		row->of.peer, NULL, NULL, NULL
	};
	struct count *c;

	/* A dead log counts nothing any more; a full one may later. */
	if (result->outcome == LOG_NO_SPACE &&
	    (c = count_of(&again, now_ms())) != NULL)
		c->more += row->n;
	free(row);
}

static void
append_row(struct store *store, const struct refusal *r, uint64_t n)
{
	struct row *row = calloc(1, sizeof(*row));
	struct batch *b = batch_new(store_log(store));
	struct buf body = BUF_INIT;
	struct draft d = {
		.kind = KIND_DOCUMENT_REFUSED, .actor = "dossierd",
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_NONE, .staff = REF_NONE, .blob = -1
	};
	struct jw w;

	jw_init(&w, &body);
	jw_object(&w);
	jw_kstr(&w, "channel", r->channel);
	if (n > 1)
		jw_kint(&w, "count", (int64_t)n);
	jw_kstr_opt(&w, "filename", r->filename);
	jw_kstr_opt(&w, "from", r->from);
	jw_kstr_opt(&w, "peer", r->peer);
	jw_kstr(&w, "reason", r->reason);
	jw_kstr(&w, "source", r->source);
	jw_kstr_opt(&w, "to", r->to);
	jw_end(&w);
	d.body = (const char *)body.data;
	d.bodylen = body.len;
	if (row == NULL || b == NULL || buf_failed(&body) ||
	    batch_draft(b, &d) == -1) {
		batch_free(b);
		free(row);
		buf_release(&body);
		return;
	}
	row->store = store;
	row->n = n;
	fill(row->of.peer, sizeof(row->of.peer), r->peer);
	fill(row->of.channel, sizeof(row->of.channel), r->channel);
	fill(row->of.source, sizeof(row->of.source), r->source);
	fill(row->of.reason, sizeof(row->of.reason), r->reason);
	log_append(store_log(store), b, row_done, row);
	buf_release(&body);
}

static unsigned
rows_of_peer(const char *peer)
{
	const struct count *c;
	unsigned n = 0;

	for (c = counts; c != NULL; c = c->next)
		if (strcmp(c->peer, peer) == 0)
			n += c->rows;
	return n;
}

void
refused_add(struct store *store, const struct refusal *r, int64_t now)
{
	struct count *c = count_of(r, now);

	if (c != NULL && rows_of_peer(c->peer) >= REFUSED_FREE) {
		c->more++;
		return;
	}
	if (c != NULL)
		c->rows++;
	append_row(store, r, 1);
}

void
refused_tick(struct store *store, int64_t now, int all)
{
	struct count **at = &counts, *c;

	while ((c = *at) != NULL) {
		if (!all && now - c->since < REFUSED_MINUTE) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		ncounts--;
		if (c->more > 0)
			append_row(store, &(struct refusal){ c->channel,
			    c->source, c->reason,
			    *c->peer != '\0' ? c->peer : NULL,
			    NULL, NULL, NULL }, c->more);
		free(c);
	}
}

void
refused_clear(void)
{
	struct count *c;

	while ((c = counts) != NULL) {
		counts = c->next;
		free(c);
	}
	ncounts = 0;
}

void
intake_refuse(struct store *store, const struct refusal *r)
{
	refused_add(store, r, now_ms());
}
