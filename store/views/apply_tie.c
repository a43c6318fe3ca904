/* SPDX-License-Identifier: ISC */
/*
 * apply_tie: what ties documents to each other but being copies: equal parts,
 * a delivery report and the message it is about, a proof of sending.
 *
 * A part is looked up (LOOK 'p') when it is a leaf of VIEWS_SHARED_LEAST
 * bytes or more that is no text of the message itself: not a text without a
 * file name.
 * Small parts are icons and signatures, and what VIEWS_SHARED documents have
 * already is a letterhead or a form: neither says that two documents belong
 * together.
 *
 * A report and its message find each other by Message-ID, whichever comes
 * first.  Only a final failure counts: a late message may still arrive.  All
 * documents of that Message-ID are marked, so that it does not matter which
 * copy leads their set.  Reports of both sorts that rules left in triage are
 * work again when the message is filed.
 */
#include "store/views/apply.h"

#include <errno.h>
#include <string.h>

#define TIE_PARTS	64	/* of one document */
#define TIE_IDS		(VDOC_COPY_MAX + 1)

static struct vstr
member(struct apply *a, const struct json *j, uint32_t obj, const char *key)
{
	return apply_str(a, j, json_get(j, obj, key));
}

/* The ids under a look-up, up to max; how many, or -1. */
static int
look_ids(struct apply *a, enum view_look what, const void *p, size_t n,
    struct id *ids_r, int max)
{
	uint8_t w = (uint8_t)what, hash[VIEWS_HASH_LEN];
	struct vkey k = VKEY_INIT;
	struct vcur c;
	int got = 0, count = 0;

	if (n == 0)
		return 0;
	if (vhash_make(a->x->hash, w, p, n, hash) == -1)
		return -1;
	vkey_add(&k, &w, 1);
	vkey_add(&k, hash, sizeof hash);
	if (vcur_open(&c, &a->x->snap, VIEW_LOOK, &k, VCUR_KEYS) == -1)
		return -1;
	while (count < max && (got = vcur_next(&c)) == 1)
		id_from_key(c.row.key + VKEY_LOOK_ID, &ids_r[count++]);
	vcur_close(&c);
	return got == -1 ? -1 : count;
}

/*
 * Looked up once, however often it is read; not past so many documents, and
 * not by an empty text.
 */
static int
look_once(struct apply *a, enum view_look what, struct vstr s,
    const struct id *id, int max)
{
	struct id ids[TIE_IDS];
	int n = look_ids(a, what, s.p, s.n, ids, max);

	if (n == -1)
		return -1;
	for (int i = 0; i < n; i++)
		if (id_equal(&ids[i], id))
			return 0;
	return s.n == 0 || n == max ? 0 : apply_look(a, what, s.p, s.n, id);
}

/* ---- parts ----------------------------------------------------------- */

/* Is it something that was attached? */
static int
is_attached(struct apply *a, const struct json *j, uint32_t part)
{
	struct vstr type = member(a, j, part, "type");

	if (json_int(j, json_get(j, part, "size"), 0) <
	    VIEWS_SHARED_LEAST)
		return 0;
	return json_get(j, part, "filename") != JSON_NONE ||
	    type.n < 5 || memcmp(type.p, "text/", 5) != 0;
}

static int
tie_parts(struct apply *a, const struct vdoc *d, const struct json *j,
    uint32_t r)
{
	uint32_t parts = json_get(j, r, "parts"), t;
	struct id id = d->id;
	unsigned n = 0;
	uint16_t i = 1;

	for (t = json_first(j, parts); t != JSON_NONE && i < UINT16_MAX;
	    t = json_after(j, parts, t), i++) {
		struct vstr sha = member(a, j, t, "sha256");

		if (sha.n == 0 || !is_attached(a, j, t))
			continue;
		if (n++ == TIE_PARTS)
			break;
		id.part = i;
		if (look_once(a, LOOK_PART, sha, &id, VIEWS_SHARED) == -1)
			return -1;
	}
	return 0;
}

/* ---- delivery reports ------------------------------------------------ */

static int
same(struct vstr a, struct vstr b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Each recipient once, also when the report came twice. */
static void
bounce_one(struct apply *a, struct vdoc *d, const struct vdoc *report,
    const struct vbounce *what)
{
	struct vbounce *v;

	for (unsigned i = 0; i < d->nbounces; i++)
		if (same(d->bounce[i].recipient, what->recipient) ||
		    (id_equal(&d->bounce[i].document, &report->id) &&
		    (what->recipient.n == 0 ||
		    d->bounce[i].recipient.n == 0)))
			return;
	if (d->nbounces == VDOC_BOUNCE_MAX)
		return;
	v = &d->bounce[d->nbounces++];
	v->document = report->id;
	v->at = report->report.at;
	v->recipient = apply_copy(a, what->recipient.p, what->recipient.n);
	v->status = apply_copy(a, what->status.p, what->status.n);
}

static void
bounce_add(struct apply *a, struct vdoc *d, const struct vdoc *report)
{
	if (report->nreported == 0)
		bounce_one(a, d, report, &report->report);
	for (unsigned i = 0; i < report->nreported; i++)
		bounce_one(a, d, report, &report->reported[i]);
}

/* {action, status}: it will not arrive any more. */
static int
is_final(struct apply *a, const struct json *j, uint32_t obj)
{
	struct vstr action = member(a, j, obj, "action");
	struct vstr status = member(a, j, obj, "status");

	return vstr_is(action, "failed") ||
	    (action.n == 0 && status.n > 0 && status.p[0] == '5');
}

/* The Message-ID that a report of a final failure is about; "": it is none. */
static struct vstr
reported(struct apply *a, const struct json *j, uint32_t r)
{
	uint32_t bounce = json_get(j, r, "bounce");

	if (is_final(a, j, bounce))
		return member(a, j, bounce, "message_id");
	return (struct vstr){ "", 0 };
}

/* Each recipient of a report that will not get it. */
static void
report_each(struct apply *a, struct vdoc *d, const struct json *j,
    uint32_t bounce)
{
	uint32_t list = json_get(j, bounce, "recipients");

	d->nreported = 0;
	for (uint32_t t = json_first(j, list); t != JSON_NONE &&
	    d->nreported < VDOC_BOUNCE_MAX; t = json_after(j, list, t))
		if (is_final(a, j, t))
			d->reported[d->nreported++] = (struct vbounce){
			    .at = d->at,
			    .recipient = member(a, j, t, "recipient"),
			    .status = member(a, j, t, "status") };
}

static int
tie_report(struct apply *a, struct vdoc *d, const struct json *j, uint32_t r)
{
	uint32_t bounce = json_get(j, r, "bounce");
	struct vstr about = reported(a, j, r);
	struct id ids[TIE_IDS];
	int n;

	if (about.n == 0)
		return look_once(a, LOOK_LATE, member(a, j, bounce,
		    "message_id"), &d->id, TIE_IDS);
	d->is_report = 1;
	d->report = (struct vbounce){ .at = d->at,
	    .recipient = member(a, j, bounce, "recipient"),
	    .status = member(a, j, bounce, "status") };
	report_each(a, d, j, bounce);
	n = look_ids(a, LOOK_MESSAGE, about.p, about.n, ids, TIE_IDS);
	for (int i = 0; i < n && d->report.document.kind == ID_NONE; i++)
		if (!id_equal(&ids[i], &d->id))
			d->report.document = ids[i];
	return n == -1 ? -1 : look_once(a, LOOK_REPORT, about, &d->id,
	    TIE_IDS);
}

/* Reports that came before the message. */
static int
tie_reports_of(struct apply *a, struct vdoc *d, struct vstr mid)
{
	struct id ids[TIE_IDS];
	struct held h;
	int n = look_ids(a, LOOK_REPORT, mid.p, mid.n, ids, TIE_IDS), rc = 0;

	HELD_INIT(&h);
	for (int i = 0; i < n && rc != -1; i++)
		if (!id_equal(&ids[i], &d->id) &&
		    (rc = held_load(a, &ids[i], &h)) == 1 && h.d.is_report)
			bounce_add(a, d, &h.d);
	held_release(&h);
	return n == -1 || rc == -1 ? -1 : 0;
}

int
tie_reading(struct apply *a, struct held *h, const struct json *j, uint32_t r)
{
	static const char *const machine[] = { "auto_submitted", "bounce",
	    "list_id", "precedence" };

	h->d.machine = 0;
	for (size_t i = 0; i < sizeof machine / sizeof machine[0]; i++)
		h->d.machine |= json_get(j, r, machine[i]) != JSON_NONE;
	if (tie_parts(a, &h->d, j, r) == -1 ||
	    tie_report(a, &h->d, j, r) == -1)
		return -1;
	return tie_reports_of(a, &h->d, member(a, j, r, "message_id"));
}

/* The messages that a report is about. */
static int
tie_mark(struct apply *a, const struct vdoc *report, struct vstr about)
{
	struct id ids[TIE_IDS];
	struct held h;
	int n = look_ids(a, LOOK_MESSAGE, about.p, about.n, ids, TIE_IDS);
	int rc = 0;

	HELD_INIT(&h);
	for (int i = 0; i < n && rc != -1; i++) {
		if (id_equal(&ids[i], &report->id) ||
		    (rc = held_load(a, &ids[i], &h)) != 1)
			continue;
		bounce_add(a, &h.d, report);
		rc = held_changed(a, &h);
	}
	held_release(&h);
	return n == -1 || rc == -1 ? -1 : 0;
}

/* Reports that did not find their message yet have found it. */
static int
tie_found(struct apply *a, const struct id *id, struct vstr mid)
{
	struct id ids[TIE_IDS];
	struct held h;
	int n = look_ids(a, LOOK_REPORT, mid.p, mid.n, ids, TIE_IDS), rc = 0;

	HELD_INIT(&h);
	for (int i = 0; i < n && rc != -1; i++) {
		if (id_equal(&ids[i], id) ||
		    (rc = held_load(a, &ids[i], &h)) != 1 ||
		    h.d.report.document.kind != ID_NONE)
			continue;
		h.d.report.document = *id;
		rc = held_changed(a, &h);
	}
	held_release(&h);
	return n == -1 || rc == -1 ? -1 : 0;
}

int
tie_others(struct apply *a, const struct id *id, const struct json *j,
    uint32_t r)
{
	struct vstr about = reported(a, j, r);
	struct held h;
	int rc = 0;

	if (about.n > 0) {
		HELD_INIT(&h);
		if ((rc = held_load(a, id, &h)) == 1)
			rc = tie_mark(a, &h.d, about);
		held_release(&h);
	}
	return rc == -1 ? -1 : tie_found(a, id, member(a, j, r,
	    "message_id"));
}

/*
 * A report that rules left in triage because its message was not filed: the
 * rules look again.  What a person took back into triage is left to them.
 */
static int
report_again(struct apply *a, const struct id *report)
{
	struct vrow row = VROW_INIT;
	struct vkey k = VKEY_INIT;
	struct held h;
	int rc;

	HELD_INIT(&h);
	vkey_id(&k, report);
	rc = held_load(a, report, &h);
	if (rc == 1 && h.d.state == STATE_TRIAGE && h.d.triage_seq != 0) {
		rc = vrow_get(&a->x->snap, VIEW_TRIAGE, &k, &row);
		if (rc == 1 && row.made == h.d.triage_seq)
			rc = vtxn_set(a->x, VIEW_TODO_FILE, &k, "", 0);
	}
	vrow_release(&row);
	held_release(&h);
	return rc == -1 ? -1 : 0;
}

int
tie_reports_again(struct apply *a, const struct vdoc *d)
{
	static const enum view_look of[] = { LOOK_REPORT, LOOK_LATE };
	struct id ids[TIE_IDS];

	for (size_t k = 0; k < sizeof of / sizeof of[0]; k++) {
		int n = look_ids(a, of[k], d->message_id.p, d->message_id.n,
		    ids, TIE_IDS);

		for (int i = 0; i < n; i++)
			if (!id_equal(&ids[i], &d->id) &&
			    report_again(a, &ids[i]) == -1)
				return -1;
		if (n == -1)
			return -1;
	}
	return 0;
}

/* ---- proofs ---------------------------------------------------------- */

int
tie_proof(struct apply *a, struct held *h, const struct id *other)
{
	struct id letter = h->d.id;
	struct held slip;
	unsigned i = 0;
	int rc;

	HELD_INIT(&slip);
	rc = id_equal(other, &letter) ? 0 : held_load(a, other, &slip);
	while (i < h->d.nproofs && !id_equal(&h->d.proof[i], other))
		i++;
	if (rc == 1 && i == h->d.nproofs && i < VDOC_PROOF_MAX)
		h->d.proof[h->d.nproofs++] = *other;
	if (rc == -1 || held_changed(a, h) == -1 || rc == 0)
		goto out;
	/* Saving the letter may have changed the slip: they may be a set. */
	if ((rc = held_load(a, other, &slip)) == 1) {
		slip.d.proof_of = letter;
		rc = held_changed(a, &slip);
	}
out:
	held_release(&slip);
	return rc == -1 ? -1 : 0;
}
