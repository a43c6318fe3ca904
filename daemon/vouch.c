/* SPDX-License-Identifier: ISC */
/*
 * vouch: each mail goes through
 *
 *	NAMES	with the reader: which names?
 *	DNS	with resolver.c, all names at once
 *	JUDGE	with the reader: what came of each signature
 *	STATE	with the log
 *
 * and its bytes stay in one sealed memfd meanwhile.
 */
#include "daemon/vouch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/export/reading.h"
#include "daemon/log.h"
#include "daemon/resolver.h"
#include "proto/base/json.h"
#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/sys.h"

#define VOUCH_AT_ONCE	4	/* mails in hand */
#define NAMES_MAX	20	/* of one mail; the reader gives at most 17 */
#define NAME_MAX_LEN	254

struct name {
	struct item	*item;
	char		 name[NAME_MAX_LEN];
	enum found	 found;
	struct buf	 text;
};

struct item {
	struct vouch	*v;
	int		 used, stating;
	struct known_work work;
	int		 fd;
	uint64_t	 size;
	int64_t		 asked;
	struct name	 name[NAMES_MAX];
	unsigned	 nnames, waiting;
};

struct vouch {
	struct store	*store;
	struct supervise *supervise;
	vouch_done_fn	*done;
	void		*arg;
	struct resolver	*resolver;
	char		 server[64];
	struct item	 item[VOUCH_AT_ONCE];
};

/* ---- the end of an item ----------------------------------------------- */

static void
item_release(struct item *it)
{
	for (unsigned i = 0; i < it->nnames; i++)
		buf_release(&it->name[i].text);
	if (it->fd != -1)
		(void)close(it->fd);	/* a memfd of ours */
	memset(it, 0, sizeof *it);
	it->fd = -1;
}

static void
item_end(struct item *it, uint64_t seq)
{
	struct vouch *v = it->v;
	const struct id document = it->work.document;

	item_release(it);
	v->done(v->arg, &document, seq);
}

/* Tried again later. */
static void
item_fail(struct item *it, const char *why)
{
	char id[ID_TEXT_MAX];

	logline(LOGLINE_WARNING, "vouch.failed", "document=%s why=\"%s\"",
	    id_text(&it->work.document, id), why);
	item_end(it, 0);
}

static void
on_stated(void *arg, const struct log_result *result)
{
	struct item *it = arg;
	struct log_head head = { .seq = 0 };

	it->stating = 0;
	if (result->outcome == LOG_DONE || result->outcome == LOG_CONFLICT)
		log_head(store_log(it->v->store), &head);
	item_end(it, head.seq);
}

/* ---- stating ---------------------------------------------------------- */

/* {"NAME":{"TXT":[["..."]]}}: mailauth's shape; [] where there is none. */
static void
put_dns(struct jw *w, const struct item *it)
{
	unsigned order[NAMES_MAX], n = 0, at;

	for (unsigned i = 0; i < it->nnames; i++) {
		if (it->name[i].found == FOUND_NOBODY)
			continue;
		for (at = n++; at > 0 && strcmp(it->name[order[at - 1]].name,
		    it->name[i].name) > 0; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	jw_object(w);
	for (unsigned i = 0; i < n; i++) {
		const struct name *name = &it->name[order[i]];

		jw_key(w, name->name);
		jw_object(w);
		jw_key(w, "TXT");
		jw_array(w);
		if (name->found == FOUND_TEXT) {
			jw_array(w);
			jw_strn(w, (const char *)name->text.data,
			    name->text.len);
			jw_end(w);
		}
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
}

static void
item_body(struct item *it, struct buf *body, const char *results, size_t len)
{
	char at[WHEN_TEXT_MAX];
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kstr(&w, "asked", when_text(it->asked, at));
	jw_key(&w, "dns");
	put_dns(&w, it);
	jw_kstr(&w, "resolver", it->v->server);
	jw_key(&w, "results");
	jw_raw(&w, results, len);
	jw_end(&w);
}

static int
item_draft(struct item *it, struct batch *b, const struct buf *body)
{
	struct draft d = {
		.kind = KIND_DOCUMENT_AUTHENTICATED, .actor = "dossierd",
		.client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
		.document = REF_ID(it->work.document), .staff = REF_NONE,
		.body = (const char *)body->data, .bodylen = body->len,
		.blob = -1
	};
	char id[ID_TEXT_MAX], claim[ID_TEXT_MAX + 16];
	int n;

	(void)snprintf(claim, sizeof claim, "vouched/%s",
	    id_text(&it->work.document, id));
	if (batch_expect(b, claim, 0) == -1 || (n = batch_draft(b, &d)) == -1)
		return -1;
	return batch_set(b, n, claim, CLAIM_SEQ);
}

static void
item_state(struct item *it, const char *results, size_t len)
{
	struct batch *b = batch_new(store_log(it->v->store));
	struct buf body = BUF_INIT;
	int bad;

	item_body(it, &body, results, len);
	bad = b == NULL || buf_failed(&body) || item_draft(it, b, &body) == -1;
	buf_release(&body);
	if (bad) {
		batch_free(b);
		item_fail(it, "no memory for the entry");
		return;
	}
	it->stating = 1;
	log_append(store_log(it->v->store), b, on_stated, it);
}

/* ---- judging ---------------------------------------------------------- */

/* The reader's JSON; 0, or -1 if it is none. */
static int
said_json(const struct supervise_result *r, struct buf *text, struct json *j)
{
	uint8_t *room;

	if (r->outcome != READING_DONE || r->fd == -1 ||
	    r->size > LIMIT_ENTRY / 2)
		return -1;
	room = buf_reserve(text, (size_t)r->size);
	if (room == NULL || pread(r->fd, room, (size_t)r->size, 0) !=
	    (ssize_t)r->size)
		return -1;
	buf_commit(text, (size_t)r->size);
	return json_parse(j, buf_str(text), text->len);
}

static void
on_judged(void *arg, const struct supervise_result *r)
{
	struct item *it = arg;
	struct buf text = BUF_INIT;
	struct json j;
	const char *results;
	uint32_t list;
	size_t len;

	if (said_json(r, &text, &j) == -1) {
		item_fail(it, "the reader gave no results");
	} else {
		list = json_get(&j, 0, "results");
		if (list == JSON_NONE || j.tok[list].type != JSON_ARR) {
			item_fail(it, "the reader's results have no shape");
		} else {
			results = json_span(&j, list, &len);
			item_state(it, results, len);
		}
		json_release(&j);
	}
	buf_release(&text);
}

/* The answers as the reader takes them. */
static void
words_of(const struct item *it, struct buf *words)
{
	for (unsigned i = 0; i < it->nnames; i++) {
		const struct name *n = &it->name[i];

		if (n->found == FOUND_NOBODY)
			buf_addc(words, '?');
		buf_adds(words, n->name);
		if (n->found == FOUND_TEXT) {
			buf_addc(words, '\t');
			buf_add(words, n->text.data, n->text.len);
		}
		buf_addc(words, '\n');
	}
	if (it->nnames == 0)
		buf_addc(words, '\n');	/* words, so that it judges */
}

static void
give(struct item *it, struct buf *words, supervise_fn *fn)
{
	int fd = dup(it->fd);
	union { const char *in; char *out; } text = { .in =
	    words == NULL ? "" : buf_str(words) };

	if (fd == -1 || text.in == NULL || supervise_vouch(
	    it->v->supervise, fd, it->size, text.out, fn, it) == -1)
		item_fail(it, strerror(errno));
}

static void
item_judge(struct item *it)
{
	struct buf words = BUF_INIT;

	words_of(it, &words);
	give(it, &words, on_judged);
	buf_release(&words);
}

/* ---- DNS -------------------------------------------------------------- */

static void
on_answer(void *arg, enum found found, const struct buf *text)
{
	struct name *n = arg;
	struct item *it = n->item;

	n->found = found;
	if (found == FOUND_TEXT)
		buf_add(&n->text, text->data, text->len);
	if (--it->waiting == 0)
		item_judge(it);
}

static void
item_ask(struct item *it)
{
	struct vouch *v = it->v;

	it->asked = sys_now();
	it->waiting = it->nnames + 1;
	for (unsigned i = 0; i < it->nnames; i++)
		if (resolver_ask(v->resolver, it->name[i].name, on_answer,
		    &it->name[i]) == -1)
			on_answer(&it->name[i], FOUND_NOBODY, NULL);
	if (--it->waiting == 0)
		item_judge(it);
}

/* ---- names ------------------------------------------------------------ */

/* A name that DNS can have; others are left out and count as not there. */
static int
is_name(const char *s, size_t len)
{
	if (len == 0 || len >= NAME_MAX_LEN)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-' &&
		    s[i] != '_' && s[i] != '.')
			return 0;
	return 1;
}

static void
add_name(struct item *it, const char *s, size_t len)
{
	struct name *n = &it->name[it->nnames];

	for (unsigned i = 0; i < it->nnames; i++)
		if (strlen(it->name[i].name) == len &&
		    strncasecmp(it->name[i].name, s, len) == 0)
			return;
	if (it->nnames == NAMES_MAX || !is_name(s, len))
		return;
	memcpy(n->name, s, len);
	n->name[len] = '\0';
	n->item = it;
	it->nnames++;
}

static void
on_names(void *arg, const struct supervise_result *r)
{
	struct item *it = arg;
	struct buf text = BUF_INIT;
	struct json j;
	uint32_t list, at;

	if (said_json(r, &text, &j) == -1) {
		buf_release(&text);
		item_fail(it, "the reader gave no names");
		return;
	}
	list = json_get(&j, 0, "names");
	for (at = list == JSON_NONE ? JSON_NONE : json_first(&j, list);
	    at != JSON_NONE; at = json_after(&j, list, at))
		if (j.tok[at].type == JSON_STR)
			add_name(it, j.text + j.tok[at].start,
			    j.tok[at].end - j.tok[at].start);
	json_release(&j);
	buf_release(&text);
	item_ask(it);
}

/* ---- in and out ------------------------------------------------------- */

int
vouch_busy(const struct vouch *v)
{
	if (supervise_busy(v->supervise))
		return 1;
	for (int i = 0; i < VOUCH_AT_ONCE; i++)
		if (!v->item[i].used)
			return 0;
	return 1;
}

int
vouch_work(struct vouch *v, const struct known_work *work)
{
	struct item *it = NULL;
	struct trouble t;

	for (int i = 0; i < VOUCH_AT_ONCE && it == NULL; i++)
		if (!v->item[i].used)
			it = &v->item[i];
	if (it == NULL)
		return -1;
	item_release(it);
	it->used = 1;
	it->v = v;
	it->work = *work;
	it->asked = sys_now();
	if (work->size > LIMIT_VOUCH_SIZE) {
		static const char large[] = "[{\"method\":\"dkim\",\"result\":"
		    "\"skipped\",\"why\":\"too large to be checked\"}]";

		item_state(it, large, sizeof large - 1);
		return 0;
	}
	it->fd = reading_document(store_log(v->store), &work->blob, &it->size,
	    &t);
	if (it->fd == -1) {
		logline_trouble(LOGLINE_ERROR, "vouch.failed", &t);
		item_release(it);
		return -1;
	}
	give(it, NULL, on_names);
	return 0;
}

unsigned
vouch_pending(const struct vouch *v)
{
	unsigned n = 0;

	for (int i = 0; v != NULL && i < VOUCH_AT_ONCE; i++)
		n += v->item[i].stating != 0;
	return n;
}

void
vouch_abandon(struct vouch *v)
{
	if (v == NULL)
		return;
	resolver_free(v->resolver);
	v->resolver = NULL;
	for (int i = 0; i < VOUCH_AT_ONCE; i++)
		if (!v->item[i].stating)
			item_release(&v->item[i]);
}

void
vouch_free(struct vouch *v)
{
	vouch_abandon(v);
	free(v);
}

struct vouch *
vouch_new(struct event_base *base, struct store *store,
    struct supervise *supervise, const char *resolver, vouch_done_fn *done,
    void *arg)
{
	struct vouch *v = calloc(1, sizeof *v);

	if (v == NULL)
		return NULL;
	v->store = store;
	v->supervise = supervise;
	v->done = done;
	v->arg = arg;
	for (int i = 0; i < VOUCH_AT_ONCE; i++)
		v->item[i].fd = -1;
	(void)snprintf(v->server, sizeof v->server, "%s", resolver);
	v->resolver = resolver_new(base, resolver);
	if (v->resolver != NULL)
		return v;
	free(v);
	return NULL;
}
