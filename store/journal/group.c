/* SPDX-License-Identifier: ISC */
/*
 * group: turns batches into the frames of one group.  Here entries get their
 * numbers, time, salt and chain value, and claims are checked, one batch
 * after the other under one head.
 *
 * A batch whose claims do not hold leaves no trace.  Space for the group was
 * taken before, so what is begun here is only undone by the end of the log.
 * A claim that the base cannot tell (views being rebuilt) refuses the batch
 * for now (LOG_NO_SPACE): a guess would give equal bytes two numbers.
 */
#include "store/journal/journal.h"

#include <openssl/rand.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/base/when.h"
#include "store/sys.h"

#define CLOCK_STEP	(60 * WHEN_SECOND)

/* What one entry is made from. */
struct plan {
	const char	*body;
	size_t		 bodylen;
	unsigned	 nclaims;	/* in the writer's rows */
	struct receipt	*receipt;
};

static int
no_memory(struct writer *w)
{
	return trouble_set(&w->trouble, SAY_STORE_MEMORY, NULL, NULL, NULL,
	    NULL);
}

void
group_begin(struct writer *w)
{
	struct group *g = &w->group;
	struct log *log = w->log;
	int64_t now = sys_now();

	buf_clear(&g->frames);
	buf_clear(&g->tags);
	g->nframes = 0;
	g->uses_blobs = g->uses_derived = 0;
	(void)pthread_mutex_lock(&log->lock);
	g->head = log->head;
	(void)pthread_mutex_unlock(&log->lock);
	if (now > g->head.at)
		g->head.at = now;
}

static int
put_frame(struct writer *w, enum frame_kind kind, uint8_t flags,
    uint32_t piece, int level, const struct part *part, size_t nparts)
{
	struct group *g = &w->group;
	struct segment *s = &w->journal;
	struct frame f = { .kind = (uint8_t)kind, .flags = flags,
	    .piece = piece, .ordinal = s->ordinal };
	uint64_t at = s->end + g->frames.len;
	const uint8_t *tag;

	if (seal_put(w->maker.seal, &s->seat, &f, level, part, nparts,
	    &g->frames) == -1)
		return no_memory(w);
	tag = g->frames.data + g->frames.len - FRAME_TAG;
	segment_note(s, at, f.kind, tag);
	if (kind != FRAME_COMMIT) {
		buf_add(&g->tags, tag, FRAME_TAG);
		g->nframes++;
	}
	return 0;
}

/* ---- checks --------------------------------------------------------- */

/* 1 decided (outcome is set), 0 go on. */
static int
check_idempotent(struct writer *w, struct batch *b)
{
	uint64_t first, asked;

	if (!b->idempotent)
		return 0;
	b->outcome = LOG_NO_SPACE;
	if (claims_get(&w->claims, b->idem_key, &first) == -1)
		return 1;
	if (first == 0)
		return 0;
	if (claims_get(&w->claims, b->ask_key, &asked) == -1)
		return 1;
	b->first = first;
	b->outcome = asked == b->request ? LOG_REPEATED : LOG_MISMATCH;
	return 1;
}

static int
check_expects(struct writer *w, struct batch *b)
{
	uint64_t value;

	for (unsigned i = 0; i < b->nexpects; i++) {
		b->outcome = LOG_NO_SPACE;
		if (claims_get(&w->claims, b->expect[i].key, &value) == -1)
			return 1;
		if (value == b->expect[i].value)
			continue;
		b->outcome = LOG_CONFLICT;
		b->conflict = b->expect[i].name;
		return 1;
	}
	return 0;
}

static int
check_blobs(struct writer *w, struct batch *b)
{
	uint64_t value;

	b->outcome = LOG_NO_SPACE;
	for (unsigned i = 0; i < b->nblobs; i++) {
		const struct blobw *blob = b->blob[i];

		if (blob->stream != NULL &&
		    atomic_load(&blob->stream->failed) != 0)
			return 1;
		if (claims_get(&w->claims, blob->claim, &value) == -1)
			return 1;
	}
	return 0;
}

/* ---- blobs ---------------------------------------------------------- */

static int
put_maps(struct writer *w, const struct blobw *blob)
{
	struct stream *s = blob->stream;
	struct map m = { .series = blob->series, .size = blob->size,
	    .pieces = s == NULL ? 0 : s->pieces };
	struct buf head = BUF_INIT;
	struct part part[2] = { { NULL, 0 }, { NULL, 0 } };
	uint32_t index = 0;
	int rc = 0;

	memcpy(m.sha256, blob->sha256, LOG_HASH_LEN);
	do {
		m.n = m.pieces - m.from;
		if (m.n > MAP_PLACES)
			m.n = MAP_PLACES;
		buf_clear(&head);
		map_encode(&m, &head);
		part[0] = (struct part){ head.data, head.len };
		if (m.n > 0)
			part[1] = (struct part){ s->places.data +
			    (size_t)m.from * MAP_PLACE,
			    (size_t)m.n * MAP_PLACE };
		rc = buf_failed(&head) ? no_memory(w) : put_frame(w, FRAME_MAP,
		    m.from + m.n == m.pieces ? FRAME_LAST : 0, index++, 0,
		    part, m.n > 0 ? 2 : 1);
		m.from += m.n;
	} while (rc == 0 && m.from < m.pieces);
	if (s != NULL)
		s->kept = 1;
	buf_release(&head);
	return rc;
}

static int
put_blob(struct writer *w, const struct blobw *blob)
{
	const struct part part[] = { { blob->sha256, LOG_HASH_LEN },
	    { blob->data.data, blob->data.len } };

	if (blob->stream == NULL && blob->series == LOG_BLOBS)
		return put_frame(w, FRAME_BLOB, 0, 0, w->log->compress, part,
		    2);
	if (blob->series == LOG_DERIVED)
		w->group.uses_derived = 1;
	else
		w->group.uses_blobs = 1;
	return put_maps(w, blob);
}

/* 1 if a draft states this blob as its document, and the bytes are here. */
static int
blob_is_here(struct writer *w, const struct batch *b, unsigned i)
{
	uint64_t value = 0;
	int stated = 0;

	for (unsigned d = 0; d < b->ndrafts; d++)
		stated |= b->draft[d].blob == (int)i;
	return stated &&
	    claims_get(&w->claims, b->blob[i]->claim, &value) == 0 &&
	    value != 0;
}

/* ---- entries -------------------------------------------------------- */

static int
claim(struct writer *w, struct plan *p, const uint8_t *key, uint64_t value)
{
	assert(p->nclaims < ENTRY_CLAIMS_MAX);
	memcpy(w->row[p->nclaims].key, key, LOG_CLAIM_LEN);
	w->row[p->nclaims++].value = value;
	return claims_set(&w->claims, key, value, w->group.head.next_seq);
}

static struct id
number(enum id_kind kind, uint32_t *next)
{
	return (struct id){ .kind = kind, .number = (*next)++ };
}

/* The number that an entry of this kind is given. */
static struct id
assign(struct head *h, enum id_kind kind)
{
	struct id id;
	int year = when_year(h->at);

	switch (kind) {
	case ID_CLIENT:
		return number(kind, &h->next_client);
	case ID_CONTACT:
		return number(kind, &h->next_contact);
	case ID_STAFF:
		return number(kind, &h->next_staff);
	case ID_BUNDLE:
		return number(kind, &h->next_bundle);
	case ID_DOCUMENT:
		return number(kind, &h->next_document);
	case ID_CASE:
		if (year != h->year) {
			h->year = (uint16_t)year;
			h->next_case = 1;
		}
		id = number(kind, &h->next_case);
		id.year = h->year;
		return id;
	case ID_NONE:
		break;
	}
	return (struct id){ .kind = ID_NONE };
}

/* Documents: the number that earlier arrivals of the bytes have. */
static int
assign_document(struct writer *w, const struct blobw *blob, struct plan *p)
{
	struct receipt *r = p->receipt;
	uint64_t value = 0;

	memcpy(r->sha256, blob->sha256, LOG_HASH_LEN);
	if (claims_get(&w->claims, blob->claim, &value) == -1)
		return -1;
	if (value != 0) {
		r->again = 1;
		r->number = (struct id){ .kind = ID_DOCUMENT,
		    .number = (uint32_t)value };
		return 0;
	}
	r->number = assign(&w->group.head, ID_DOCUMENT);
	return claim(w, p, blob->claim, r->number.number);
}

static struct id
resolve(const struct batch *b, const struct ref *r, const struct id *given)
{
	if (given->kind != ID_NONE)
		return *given;
	return r->of >= 0 ? b->receipt[r->of].number : r->id;
}

static const uint8_t *
salt(struct writer *w)
{
	const uint8_t *s;

	if (w->salt + SALT_LEN > sizeof(w->salts)) {
		if (RAND_bytes(w->salts, sizeof(w->salts)) != 1)
			return NULL;
		w->salt = 0;
	}
	s = w->salts + w->salt;
	w->salt += SALT_LEN;
	return s;
}

/* Both frames of an entry; the head moves behind it. */
static int
put_entry(struct writer *w, struct entry *e, const struct plan *p)
{
	struct group *g = &w->group;
	struct lasting l = { .seq = g->head.next_seq, .at = g->head.at,
	    .claim = w->row, .nclaims = p->nclaims,
	    .tree = e->kase.kind != ID_NONE ? e->kase : e->client };
	struct part body[2] = { { salt(w), SALT_LEN }, { NULL, 0 } };
	struct part link[2] = { { g->head.chain, LOG_HASH_LEN }, { NULL, 0 } };
	struct seal *s = w->maker.seal;

	(void)snprintf(l.kind, sizeof(l.kind), "%s", kind_name(e->kind));
	e->seq = l.seq;
	e->at = l.at;
	buf_clear(&w->json);
	entry_encode(&w->json, e, p->body, p->bodylen);
	if (body[0].data == NULL || buf_failed(&w->json))
		return no_memory(w);
	assert(w->json.len <= LIMIT_ENTRY);
	body[1] = (struct part){ w->json.data, w->json.len };
	buf_clear(&w->plain);
	if (seal_sha256(s, body, 2, l.commitment) == -1)
		return no_memory(w);
	lasting_encode(&l, &w->plain);
	link[1] = (struct part){ w->plain.data, w->plain.len };
	if (buf_failed(&w->plain) || seal_sha256(s, link, 2, l.chain) == -1)
		return no_memory(w);
	buf_add(&w->plain, l.chain, LOG_HASH_LEN);
	if (buf_failed(&w->plain) || put_frame(w, FRAME_ENTRY, 0, 0, 0,
	    &(struct part){ w->plain.data, w->plain.len }, 1) == -1 ||
	    put_frame(w, FRAME_BODY, 0, 0, w->log->compress, body, 2) == -1)
		return no_memory(w);
	memcpy(g->head.chain, l.chain, LOG_HASH_LEN);
	memcpy(w->commitment, l.commitment, LOG_HASH_LEN);
	g->head.next_seq++;
	return 0;
}

static int
batch_claims(struct writer *w, const struct batch *b, unsigned i,
    struct plan *p)
{
	uint64_t seq = w->group.head.next_seq;

	if (i == 0 && b->idempotent &&
	    (claim(w, p, b->idem_key, seq) == -1 ||
	    claim(w, p, b->ask_key, b->request) == -1))
		return -1;
	for (unsigned s = 0; s < b->nsets; s++)
		if (b->set[s].draft == i && claim(w, p, b->set[s].key,
		    b->set[s].value == CLAIM_SEQ ? seq : b->set[s].value)
		    == -1)
			return -1;
	return 0;
}

/* A filing of a document that arrives in this very batch. */
static int
bind(struct writer *w, const struct batch *b, const struct bdraft *d,
    struct plan *p)
{
	if (d->kind != KIND_DOCUMENT_FILED || d->document.of < 0)
		return 0;
	if (bind_arrival(&w->bound, p->body, p->bodylen,
	    b->draft[d->document.of].commitment) == -1)
		return -1;
	p->body = (const char *)w->bound.data;
	p->bodylen = w->bound.len;
	return 0;
}

static int
batch_entry(struct writer *w, struct batch *b, unsigned i)
{
	const struct bdraft *d = &b->draft[i];
	struct receipt *r = &b->receipt[i];
	struct plan p = { .body = (const char *)b->text.data + d->body,
	    .bodylen = d->bodylen, .receipt = r };
	enum id_kind kind = kind_assigns(d->kind);
	struct id none = { .kind = ID_NONE }, given[ID_BUNDLE + 1];
	struct entry e = { .kind = d->kind, .v = d->v };

	r->number = none;
	if (kind == ID_DOCUMENT && d->blob >= 0) {
		if (assign_document(w, b->blob[d->blob], &p) == -1)
			return no_memory(w);
	} else {
		r->number = assign(&w->group.head, kind);
	}
	if (batch_claims(w, b, i, &p) == -1)
		return no_memory(w);
	for (size_t k = 0; k <= ID_BUNDLE; k++)
		given[k] = k == kind ? r->number : none;
	memcpy(e.actor, d->actor, sizeof(e.actor));
	e.client = resolve(b, &d->client, &given[ID_CLIENT]);
	e.kase = resolve(b, &d->kase, &given[ID_CASE]);
	e.contact = resolve(b, &d->contact, &given[ID_CONTACT]);
	e.document = resolve(b, &d->document, &given[ID_DOCUMENT]);
	e.staff = resolve(b, &d->staff, &given[ID_STAFF]);
	e.bundle = kind == ID_BUNDLE ? r->number : d->bundle;
	if (bind(w, b, d, &p) == -1)
		return no_memory(w);
	if (put_entry(w, &e, &p) == -1)
		return -1;
	memcpy(b->draft[i].commitment, w->commitment, LOG_HASH_LEN);
	r->seq = e.seq;
	r->at = e.at;
	memcpy(r->chain, w->group.head.chain, LOG_HASH_LEN);
	return 0;
}

int
group_batch(struct writer *w, struct batch *b)
{
	if (check_idempotent(w, b) || check_expects(w, b) ||
	    check_blobs(w, b))
		return 0;
	for (unsigned i = 0; i < b->nblobs; i++)
		if (!blob_is_here(w, b, i) && put_blob(w, b->blob[i]) == -1)
			return -1;
	b->first = w->group.head.next_seq;
	for (unsigned i = 0; i < b->ndrafts; i++)
		if (batch_entry(w, b, i) == -1)
			return -1;
	b->outcome = LOG_DONE;
	return 0;
}

/* ---- around the batches --------------------------------------------- */

static int64_t
clock_moved(struct writer *w)
{
	int64_t base = sys_now() - sys_ticks(), moved = base - w->clock;
	int64_t last = w->log->head.at - sys_now();

	/* At the first group: the clock against the last entry. */
	if (w->clock == 0)
		moved = last > CLOCK_STEP ? -last : 0;
	w->clock = base;
	return moved;
}

int
group_clock(struct writer *w)
{
	int64_t moved = clock_moved(w);
	struct entry e = { .kind = KIND_CLOCK_STEPPED, .v = 1,
	    .actor = "dossierd" };
	struct plan p = { .nclaims = 0 };
	struct buf body = BUF_INIT;
	int rc;

	if (moved <= CLOCK_STEP && moved >= -CLOCK_STEP)
		return 0;
	buf_adds(&body, "{\"microseconds\":");
	buf_addi(&body, moved);
	buf_addc(&body, '}');
	if (buf_failed(&body))
		return no_memory(w);
	p.body = (const char *)body.data;
	p.bodylen = body.len;
	rc = put_entry(w, &e, &p);
	buf_release(&body);
	return rc;
}

int
group_commit(struct writer *w)
{
	struct group *g = &w->group;
	struct commit c = { .frames = g->nframes };
	uint8_t bytes[COMMIT_LEN];

	g->head.group++;
	c.group = g->head.group;
	c.head = g->head;
	if (buf_failed(&g->tags) || seal_sha256(w->maker.seal,
	    &(struct part){ g->tags.data, g->tags.len }, 1, c.tags) == -1)
		return no_memory(w);
	commit_encode(&c, bytes);
	return put_frame(w, FRAME_COMMIT, 0, 0, 0,
	    &(struct part){ bytes, sizeof(bytes) }, 1);
}
