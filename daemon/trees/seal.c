/* SPDX-License-Identifier: ISC */
/*
 * seal: see seal.h.  No snapshot of the views is kept while the network is
 * waited for.
 */
#include "daemon/trees/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/trees/head.h"
#include "daemon/trees/post.h"
#include "daemon/trees/stamp.h"
#include "daemon/trees/witness.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/base/when.h"

#define LOOK_BACK 1000		/* checkpoints, for what was sealed last */

/* What has to be asked, found out before the network is. */
struct plan {
	struct seal	*seal;
	struct buf	 body, note;	/* of the checkpoint, and signed */
	int64_t		 stamped[SEAL_MAX];	/* when last; 0: never */
	int		 has_stamp[SEAL_MAX];	/* this checkpoint */
	int		 has_line[SEAL_MAX];
	uint64_t	 seen[SEAL_MAX];	/* by the witness; 0: nothing */
	/* while looking */
	struct trees	*trees;
	uint64_t	 size;
};

/* --- what is there ------------------------------------------------------ */

static int
is_text(const struct entry *e, const char *field, const char *text)
{
	return json_is(&e->json, entry_get(e, field), text);
}

static void
take_seal(struct plan *p, const struct entry *e)
{
	const struct seal_conf *c = p->seal->conf;
	int here = p->size == p->seal->checkpoint.master_size;

	for (unsigned i = 0; i < c->nstamp; i++)
		if (e->kind == KIND_TREE_STAMPED &&
		    is_text(e, "authority", c->stamp[i])) {
			p->has_stamp[i] |= here;
			if (p->stamped[i] < e->at)
				p->stamped[i] = e->at;
		}
	for (unsigned i = 0; i < c->nwitness; i++)
		if (e->kind == KIND_TREE_COSIGNED &&
		    is_text(e, "witness", c->witness[i].key.name)) {
			p->has_line[i] |= here;
			if (p->seen[i] < p->size)
				p->seen[i] = p->size;
		}
}

static int
on_seal(void *arg, enum kind kind, uint64_t seq)
{
	struct plan *p = arg;
	struct buf text = BUF_INIT;
	struct entry e;
	int rc;

	(void)kind;
	rc = trees_entry(p->trees, seq, &text, NULL);
	if (rc == 1 && entry_decode(&e, buf_str(&text), text.len) == 0) {
		take_seal(p, &e);
		entry_release(&e);
	}
	buf_release(&text);
	return rc == -1 ? -1 : 0;
}

/* 1 while somebody is not known to have sealed anything. */
static int
in_question(const struct plan *p)
{
	const struct seal_conf *c = p->seal->conf;

	for (unsigned i = 0; i < c->nstamp; i++)
		if (p->stamped[i] == 0)
			return 1;
	for (unsigned i = 0; i < c->nwitness; i++)
		if (p->seen[i] == 0)
			return 1;
	return 0;
}

/* Back through the checkpoints of this life until each has said something. */
static int
look(struct plan *p)
{
	struct tree_checkpoint at = p->seal->checkpoint;
	int rc = 1;

	for (unsigned n = 0; rc == 1 && n < LOOK_BACK && in_question(p) &&
	    at.life == p->seal->checkpoint.life; n++) {
		p->size = at.master_size;
		if (trees_seals(p->trees, p->size, on_seal, p) == -1)
			return -1;
		rc = at.seq > 1 ? trees_checkpoint_last(p->trees, at.seq - 1,
		    &at) : 0;
	}
	return rc == -1 ? -1 : 0;
}

static int
make_plan(struct plan *p)
{
	struct seal *s = p->seal;
	struct checkpoint head;
	int rc = -1;

	if ((p->trees = trees_open(s->store, &s->trouble)) == NULL)
		return -1;
	if (look(p) == 0 &&
	    head_of_master(p->trees, &s->checkpoint, &head) == 0) {
		checkpoint_body(&p->body, &head);
		rc = checkpoint_sign(&p->note, &head, s->seed);
	}
	if (rc == -1)
		(void)trouble_errno(&s->trouble, SAY_LOG_READ, "views");
	trees_close(p->trees);
	p->trees = NULL;
	return rc;
}

/* --- what is said ------------------------------------------------------- */

static int
missing(struct seal *s, enum say_key key, const char *who, const char *why)
{
	s->missing++;
	return trouble_set(&s->trouble, key, who, why, NULL, NULL);
}

static void
put_entry(struct seal *s, enum kind kind, const char *who, int64_t at,
    const char *what, size_t len)
{
	struct seal_entry *e = &s->entry[s->n++];
	char when[WHEN_TEXT_MAX];
	struct jw w;

	*e = (struct seal_entry) { kind, BUF_INIT };
	jw_init(&w, &e->body);
	jw_object(&w);
	if (kind == KIND_TREE_STAMPED)
		jw_kstr(&w, "authority", who);
	else {
		jw_key(&w, "line");
		jw_strn(&w, what, len);
	}
	jw_kint(&w, "master_size", (int64_t)s->checkpoint.master_size);
	jw_kstr(&w, "time", when_text(at, when));
	if (kind == KIND_TREE_STAMPED) {
		jw_key(&w, "token");
		jw_strn(&w, what, len);
	} else
		jw_kstr(&w, "witness", who);
	jw_end(&w);
}

/* --- authorities -------------------------------------------------------- */

static int
ask_stamp(struct plan *p, const char *url)
{
	struct seal *s = p->seal;
	struct buf req = BUF_INIT, resp = BUF_INIT, b64 = BUF_INIT;
	struct stamp *stamp = stamp_ask(p->body.data, p->body.len, &req);
	char why[256] = "out of memory";
	int64_t at;
	int status = -1, rc = -1;

	if (stamp != NULL)
		status = post(url, "application/timestamp-query", &req,
		    LIMIT_STAMP, &s->stop, &resp, why);
	if (status != -1 && status != 200)
		(void)snprintf(why, sizeof(why), "status %d", status);
	if (status != 200)
		rc = missing(s, SAY_LOG_FETCH, url, why);
	else if (stamp_check(stamp, resp.data, resp.len, &at, why) == -1)
		rc = missing(s, SAY_LOG_ANSWER, url, why);
	else {
		text_base64(&b64, resp.data, resp.len);
		put_entry(s, KIND_TREE_STAMPED, url, at, (char *)b64.data,
		    b64.len);
		rc = 0;
	}
	stamp_free(stamp);
	buf_release(&req);
	buf_release(&resp);
	buf_release(&b64);
	return rc;
}

static void
ask_stamps(struct plan *p)
{
	struct seal *s = p->seal;

	for (unsigned i = 0; i < s->conf->nstamp && !atomic_load(&s->stop);
	    i++) {
		int64_t due = p->stamped[i] + WHEN_DAY;

		if (p->has_stamp[i])
			continue;
		if ((s->force || p->stamped[i] == 0 || due <= s->now) &&
		    ask_stamp(p, s->conf->stamp[i]) == 0)
			continue;
		if (due > s->now && (s->next == 0 || due < s->next))
			s->next = due;
	}
}

/* --- witnesses ---------------------------------------------------------- */

static int
prove(struct seal *s, uint64_t old, struct merkle_proof *proof)
{
	struct tree_nodes n;
	const struct merkle_nodes nodes = { tree_nodes_get, &n };
	struct trees *t = trees_open(s->store, &s->trouble);
	int rc;

	if (t == NULL)
		return -1;
	n = (struct tree_nodes) { t, TREE_MASTER };
	rc = merkle_consistency(&nodes, old, s->checkpoint.master_size,
	    proof);
	if (rc == -1)
		(void)trouble_errno(&s->trouble, SAY_LOG_READ, "views");
	trees_close(t);
	return rc;
}

struct told {
	struct buf	line;
	uint64_t	time, seen;
	char		why[256];
};

/* One request from a size; WITNESS_BAD also when it cannot be reached. */
static enum witness_says
ask_from(struct plan *p, const struct seal_witness *w, uint64_t old,
    struct told *told)
{
	struct buf body = BUF_INIT, answer = BUF_INIT;
	enum witness_says says = WITNESS_BAD;
	struct merkle_proof proof;
	char url[1024];
	int status;

	(void)snprintf(told->why, sizeof(told->why), "no proof");
	(void)snprintf(url, sizeof(url), "%s/add-checkpoint", w->url);
	if (prove(p->seal, old, &proof) == 0) {
		witness_body(&body, old, &proof, &p->note);
		status = post(url, "text/plain; charset=utf-8", &body,
		    LIMIT_WITNESS, &p->seal->stop, &answer, told->why);
		if (status != -1)
			says = witness_answer(&w->key, status, &answer,
			    &p->note, &told->line, &told->time, &told->seen,
			    told->why);
		/* The proof from its own size does not hold there. */
		if (status == 422) {
			says = WITNESS_SEEN;
			told->seen = old;
		}
	}
	buf_release(&body);
	buf_release(&answer);
	return says;
}

static void
seen_other(struct seal *s, const struct seal_witness *w, uint64_t seen)
{
	char theirs[24], ours[24];

	(void)snprintf(theirs, sizeof(theirs), "%llu",
	    (unsigned long long)seen);
	(void)snprintf(ours, sizeof(ours), "%llu",
	    (unsigned long long)s->checkpoint.master_size);
	s->final = 1;
	(void)trouble_set(&s->trouble, seen > s->checkpoint.master_size ?
	    SAY_LOG_WITNESS_AHEAD : SAY_LOG_WITNESS_OTHER, w->key.name,
	    theirs, ours, NULL);
}

/*
 * A witness that names a size within ours is asked again from there.  If it
 * then names the same again, its tree of that size is another one.
 */
static void
ask_witness(struct plan *p, unsigned i)
{
	struct seal *s = p->seal;
	const struct seal_witness *w = &s->conf->witness[i];
	struct told told = { BUF_INIT, 0, 0, "" };
	uint64_t old = p->seen[i];
	enum witness_says says = ask_from(p, w, old, &told);

	if (says == WITNESS_SEEN && told.seen != old &&
	    told.seen <= s->checkpoint.master_size) {
		old = told.seen;
		says = ask_from(p, w, old, &told);
	}
	if (says == WITNESS_SIGNED)
		put_entry(s, KIND_TREE_COSIGNED, w->key.name,
		    (int64_t)told.time * WHEN_SECOND,
		    (char *)told.line.data, told.line.len - 1);
	else if (says == WITNESS_BAD)
		(void)missing(s, SAY_LOG_FETCH, w->key.name, told.why);
	else if (told.seen == old || told.seen > s->checkpoint.master_size)
		seen_other(s, w, told.seen);
	else
		(void)missing(s, SAY_LOG_FETCH, w->key.name, "it moves");
	buf_release(&told.line);
}

/* --- the job ------------------------------------------------------------ */

void
seal_work(struct seal *s)
{
	struct plan p = { .seal = s };

	if (make_plan(&p) == 0) {
		ask_stamps(&p);
		for (unsigned i = 0; i < s->conf->nwitness && !s->final &&
		    !atomic_load(&s->stop); i++)
			if (!p.has_line[i])
				ask_witness(&p, i);
	} else
		s->missing++;
	buf_release(&p.body);
	buf_release(&p.note);
}

void
seal_clear(struct seal *s)
{
	for (unsigned i = 0; i < s->n; i++)
		buf_release(&s->entry[i].body);
	s->n = 0;
	s->missing = 0;
	s->final = 0;
	s->next = 0;
}
