/* SPDX-License-Identifier: ISC */
/*
 * row_doc: the compact row of a document.  Tags 1 to 49 are the single
 * members, from 50 on what repeats.
 */
#include "store/views/row_member.h"

#include <errno.h>
#include <string.h>

#define AT(type, tag, member) MEMBER_AT(struct vdoc, type, tag, member)

static const struct member doc_member[] = {
	AT(ID, 1, id), AT(U64, 2, seq), AT(TIME, 3, at), AT(U64, 4, size),
	AT(STR, 5, channel), AT(STR, 6, source), AT(STR, 7, filename),
	AT(STR, 8, kind), AT(STR, 9, title), AT(STR, 10, subject),
	AT(STR, 11, thread), AT(STR, 12, direction),
	AT(STR, 13, direction_how), AT(STR, 14, type), AT(STR, 15, from),
	AT(INT, 16, nto), AT(INT, 17, lane), AT(WHEN, 18, happened),
	AT(INT, 19, happened_from), AT(WHEN, 20, written),
	AT(WHEN, 21, dated), AT(WHEN, 22, received), AT(WHEN, 23, sent),
	AT(WHEN, 24, header), AT(WHEN, 25, hop), AT(WHEN, 26, noted),
	AT(INT, 27, status), AT(U64, 28, read_seq), AT(STR, 29, reason),
	AT(INT, 30, state), AT(U64, 31, triage_seq), AT(STR, 32, aside),
	AT(STR, 33, note_type), AT(STR, 34, note_with),
	AT(STR, 35, note_text), AT(STR, 36, note_next),
	AT(INT, 37, note_cut), AT(INT, 38, corrections),
	AT(U64, 39, arrivals), AT(ID, 40, copy_of), AT(U64, 41, set_arrivals),
	AT(INT, 42, machine), AT(STR, 43, delivery), AT(INT, 44, is_report),
	AT(STR, 45, sent_by), AT(STR, 46, tracking), AT(ID, 47, proof_of),
	AT(U64, 48, aside_seq), AT(INT, 49, marks),
};

enum {
	DOC_SHA256 = 50, DOC_LOC, DOC_TO, DOC_ARRIVAL, DOC_FILING, DOC_COPY,
	DOC_SET_ARRIVAL, DOC_SUGGEST, DOC_SHOWN, DOC_BOUNCE, DOC_REPORT,
	DOC_PROOF, DOC_FAX_NUMBER, DOC_FAX_PAGES, DOC_FAX_RESULT,
	DOC_REPORTED, DOC_MARKED, DOC_ACTOR, DOC_MESSAGE_ID, DOC_VOUCHED,
	DOC_MINUTES
};

/* MEMBER_INT reads enums as what they are. */
_Static_assert(sizeof(unsigned) == sizeof(enum lane), "enums are ints");

static void
pack_idkey(struct buf *b, const struct id *id)
{
	uint8_t key[ID_KEY_LEN];

	id_key(id, key);
	buf_add(b, key, sizeof key);
}

/* document(9) chain(8) seq at channel */
static void
arrival_pack(struct buf *b, unsigned tag, const struct varrival *a,
    struct buf *tmp)
{
	buf_clear(tmp);
	pack_idkey(tmp, &a->document);
	buf_add(tmp, a->chain, sizeof a->chain);
	pack_varint(tmp, a->seq);
	pack_varint(tmp, pack_zigzag(a->at));
	buf_add(tmp, a->channel.p, a->channel.n);
	pack_raw(b, tag, tmp->data, tmp->len);
}

static void
arrival_unpack(struct unpack *u, struct varrival *a)
{
	unpack_idkey(u, &a->document);
	unpack_bytes(u, a->chain, sizeof a->chain);
	a->seq = unpack_varint(u);
	a->at = pack_unzigzag(unpack_varint(u));
	a->channel = unpack_rest(u);
}

static void
filing_pack(struct buf *b, const struct vfiling *f, struct buf *tmp)
{
	buf_clear(tmp);
	pack_idkey(tmp, &f->client);
	pack_idkey(tmp, &f->kase);
	buf_addc(tmp, f->main);
	pack_varint(tmp, f->seq);
	pack_raw(b, DOC_FILING, tmp->data, tmp->len);
}

static void
filing_unpack(struct unpack *u, struct vfiling *f)
{
	uint8_t main = 0;

	unpack_idkey(u, &f->client);
	unpack_idkey(u, &f->kase);
	unpack_bytes(u, &main, 1);
	f->main = main;
	f->seq = unpack_varint(u);
}

static void
shown_pack(struct buf *b, const struct vshown *s, struct buf *tmp)
{
	buf_clear(tmp);
	pack_idkey(tmp, &s->scope);
	pack_varint(tmp, pack_zigzag(s->time));
	pack_varint(tmp, s->made);
	pack_raw(b, DOC_SHOWN, tmp->data, tmp->len);
}

static void
shown_unpack(struct unpack *u, struct vshown *s)
{
	unpack_idkey(u, &s->scope);
	s->time = pack_unzigzag(unpack_varint(u));
	s->made = unpack_varint(u);
}

/* document(9) at length-of-recipient recipient status */
static void
bounce_pack(struct buf *b, unsigned tag, const struct vbounce *v,
    struct buf *tmp)
{
	buf_clear(tmp);
	pack_idkey(tmp, &v->document);
	pack_varint(tmp, pack_zigzag(v->at));
	pack_varint(tmp, v->recipient.n);
	buf_add(tmp, v->recipient.p, v->recipient.n);
	buf_add(tmp, v->status.p, v->status.n);
	pack_raw(b, tag, tmp->data, tmp->len);
}

static void
bounce_unpack(struct unpack *u, struct vbounce *v)
{
	uint64_t n;

	unpack_idkey(u, &v->document);
	v->at = pack_unzigzag(unpack_varint(u));
	n = unpack_varint(u);
	v->recipient = unpack_rest(u);
	if (n > v->recipient.n) {
		u->bad = 1;
		return;
	}
	v->status.p = v->recipient.p + n;
	v->status.n = v->recipient.n - (size_t)n;
	v->recipient.n = (size_t)n;
}

static unsigned
to_kept(const struct vdoc *d)
{
	return d->nto < VDOC_TO_MAX ? d->nto : VDOC_TO_MAX;
}

void
vdoc_pack(const struct vdoc *d, struct buf *b)
{
	struct buf tmp = BUF_INIT;
	uint8_t loc[LOC_LEN];

	members_pack(doc_member, MEMBERS(doc_member), d, b);
	pack_raw(b, DOC_SHA256, d->sha256, sizeof d->sha256);
	if (d->loc.series != 0) {
		loc_put(&d->loc, loc);
		pack_raw(b, DOC_LOC, loc, sizeof loc);
	}
	for (unsigned i = 0; i < to_kept(d); i++)
		pack_raw(b, DOC_TO, d->to[i].p, d->to[i].n);
	for (unsigned i = 0; i < d->narrivals; i++)
		arrival_pack(b, DOC_ARRIVAL, &d->arrival[i], &tmp);
	for (unsigned i = 0; i < d->nfilings; i++)
		filing_pack(b, &d->filing[i], &tmp);
	for (unsigned i = 0; i < d->ncopies; i++)
		pack_id(b, DOC_COPY, &d->copy[i]);
	for (unsigned i = 0; i < d->nset; i++)
		arrival_pack(b, DOC_SET_ARRIVAL, &d->set_arrival[i], &tmp);
	for (unsigned i = 0; i < d->nsuggest; i++)
		pack_id(b, DOC_SUGGEST, &d->suggest[i]);
	for (unsigned i = 0; i < d->nshown; i++)
		shown_pack(b, &d->shown[i], &tmp);
	for (unsigned i = 0; i < d->nbounces; i++)
		bounce_pack(b, DOC_BOUNCE, &d->bounce[i], &tmp);
	if (d->is_report)
		bounce_pack(b, DOC_REPORT, &d->report, &tmp);
	for (unsigned i = 0; i < d->nproofs; i++)
		pack_id(b, DOC_PROOF, &d->proof[i]);
	pack_str(b, DOC_FAX_NUMBER, d->fax_number);
	pack_u64(b, DOC_FAX_PAGES, d->fax_pages);
	pack_str(b, DOC_FAX_RESULT, d->fax_result);
	for (unsigned i = 0; i < d->nreported; i++)
		bounce_pack(b, DOC_REPORTED, &d->reported[i], &tmp);
	pack_u64(b, DOC_MARKED, d->marked);
	pack_u64(b, DOC_VOUCHED, d->vouched);
	pack_str(b, DOC_ACTOR, d->actor);
	pack_str(b, DOC_MESSAGE_ID, d->message_id);
	pack_u64(b, DOC_MINUTES, d->note_minutes);
	if (buf_failed(&tmp))
		b->failed = 1;
	buf_release(&tmp);
}

/* Room in a repeated member, or the row is bad. */
static int
room(struct unpack *u, unsigned n, unsigned max)
{
	if (n == max)
		u->bad = 1;
	return n < max;
}

static void
repeated_unpack(struct unpack *u, struct vdoc *d, unsigned *nto)
{
	uint8_t loc[LOC_LEN];

	switch (u->tag) {
	case DOC_SHA256:
		unpack_bytes(u, d->sha256, sizeof d->sha256);
		break;
	case DOC_LOC:
		unpack_bytes(u, loc, sizeof loc);
		loc_get(loc, &d->loc);
		break;
	case DOC_TO:
		if (room(u, *nto, VDOC_TO_MAX))
			d->to[(*nto)++] = unpack_str(u);
		break;
	case DOC_ARRIVAL:
		if (room(u, d->narrivals, VDOC_ARRIVAL_MAX))
			arrival_unpack(u, &d->arrival[d->narrivals++]);
		break;
	case DOC_FILING:
		if (room(u, d->nfilings, VDOC_FILING_MAX))
			filing_unpack(u, &d->filing[d->nfilings++]);
		break;
	case DOC_COPY:
		if (room(u, d->ncopies, VDOC_COPY_MAX))
			unpack_id(u, &d->copy[d->ncopies++]);
		break;
	case DOC_SET_ARRIVAL:
		if (room(u, d->nset, VDOC_ARRIVAL_MAX))
			arrival_unpack(u, &d->set_arrival[d->nset++]);
		break;
	case DOC_SUGGEST:
		if (room(u, d->nsuggest, VDOC_SUGGEST_MAX))
			unpack_id(u, &d->suggest[d->nsuggest++]);
		break;
	case DOC_SHOWN:
		if (room(u, d->nshown, VDOC_SHOWN_MAX))
			shown_unpack(u, &d->shown[d->nshown++]);
		break;
	case DOC_BOUNCE:
		if (room(u, d->nbounces, VDOC_BOUNCE_MAX))
			bounce_unpack(u, &d->bounce[d->nbounces++]);
		break;
	case DOC_REPORT:
		bounce_unpack(u, &d->report);
		break;
	case DOC_PROOF:
		if (room(u, d->nproofs, VDOC_PROOF_MAX))
			unpack_id(u, &d->proof[d->nproofs++]);
		break;
	case DOC_FAX_NUMBER:
		d->fax_number = unpack_str(u);
		break;
	case DOC_FAX_PAGES:
		d->fax_pages = unpack_u64(u);
		break;
	case DOC_FAX_RESULT:
		d->fax_result = unpack_str(u);
		break;
	case DOC_REPORTED:
		if (room(u, d->nreported, VDOC_BOUNCE_MAX))
			bounce_unpack(u, &d->reported[d->nreported++]);
		break;
	case DOC_MARKED:
		d->marked = unpack_u64(u);
		break;
	case DOC_VOUCHED:
		d->vouched = unpack_u64(u);
		break;
	case DOC_ACTOR:
		d->actor = unpack_str(u);
		break;
	case DOC_MESSAGE_ID:
		d->message_id = unpack_str(u);
		break;
	case DOC_MINUTES:
		d->note_minutes = unpack_u64(u);
		break;
	default:
		u->bad = 1;
	}
}

/* Tags are indices into the table: documents are read by the 100,000. */
static int
doc_take(struct vdoc *d, struct unpack *u)
{
	if (u->tag == 0 || u->tag > MEMBERS(doc_member))
		return 0;
	return members_take(&doc_member[u->tag - 1], 1, d, u);
}

int
vdoc_unpack(const void *p, size_t n, struct vdoc *d)
{
	struct unpack u;
	unsigned nto = 0;

	vdoc_init(d);
	unpack_init(&u, p, n);
	while (unpack_next(&u))
		if (!doc_take(d, &u))
			repeated_unpack(&u, d, &nto);
	if (u.bad || nto != to_kept(d)) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

void
vdoc_init(struct vdoc *d)
{
	memset(d, 0, sizeof *d);
	members_none(doc_member, MEMBERS(doc_member), d);
}

int
vdoc_undelivered(const struct vdoc *d)
{
	static const char *const not_ours[] = { "in", "between" };

	for (size_t i = 0; i < 2; i++)
		if (vstr_is(d->direction, not_ours[i]))
			return 0;
	return d->nbounces > 0;
}

int
vdoc_due(const struct vdoc *d)
{
	return vdoc_undelivered(d) && d->delivery.n == 0 &&
	    d->copy_of.kind == ID_NONE;
}

unsigned
vdoc_arrivals(const struct vdoc *d, const struct varrival **first_r,
    uint64_t *total_r)
{
	if (d->nset > 0) {
		*first_r = d->set_arrival;
		*total_r = d->set_arrivals;
		return d->nset;
	}
	*first_r = d->arrival;
	*total_r = d->arrivals;
	return d->narrivals;
}
