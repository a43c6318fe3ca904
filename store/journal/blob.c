/* SPDX-License-Identifier: ISC */
/*
 * blob: bytes on their way in and out.
 *
 * In: hashed as they come; one piece is held in memory, never more.  The
 * first piece is queued when a byte past it comes, so what fits one piece
 * goes into the journal group of its batch (derived bytes never do).
 * Out: by the place of a BLOB or of the first MAP; pieces are found through
 * the maps.  The bytes' SHA-256 is not checked here (each frame's tag is):
 * verify does that.
 */
#include "store/journal/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"

struct blobr {
	struct log	*log;
	struct seal	*seal;
	struct loc	 loc;		/* of a BLOB, when there are no maps */
	struct map	 map;		/* of the first MAP */
	struct buf	 places;
	struct buf	 plain;		/* the piece that was read last */
	uint32_t	 have;		/* its index; UINT32_MAX: none */
	uint64_t	 size;
	int		 small;
};

/* ---- in ------------------------------------------------------------- */

struct blobw *
blobw_new(struct log *log, int derived)
{
	struct blobw *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->log = log;
	b->series = derived ? LOG_DERIVED : LOG_BLOBS;
	b->md = EVP_MD_CTX_new();
	if (b->md == NULL ||
	    EVP_DigestInit_ex2(b->md, log->sha256, NULL) != 1) {
		blobw_free(b);
		errno = ENOMEM;
		return NULL;
	}
	return b;
}

void
stream_drop(struct stream *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	if (!s->kept)
		spare_add(s->log, s->series, &s->places);
	buf_release(&s->places);
	free(s);
}

void
piece_free(struct piece *p)
{
	if (p == NULL)
		return;
	stream_drop(p->stream);
	buf_release(&p->data);
	free(p);
}

void
blobw_free(struct blobw *b)
{
	if (b == NULL)
		return;
	EVP_MD_CTX_free(b->md);
	stream_drop(b->stream);
	buf_release(&b->data);
	free(b);
}

static int
stream_begin(struct blobw *b)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -1;
	atomic_init(&s->refs, 1);
	atomic_init(&s->failed, 0);
	/* Unique in the store: no two processes share an epoch. */
	s->id = (uint64_t)b->log->epoch << 32 | ++b->log->streams;
	s->series = b->series;
	s->log = b->log;
	b->stream = s;
	return 0;
}

/* Hands the filled piece to the writer. */
static int
piece_queue(struct blobw *b, int last)
{
	struct piece *p;

	if (b->stream == NULL && stream_begin(b) == -1)
		return -1;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -1;
	p->stream = b->stream;
	(void)atomic_fetch_add(&b->stream->refs, 1);
	p->index = b->pieces++;
	p->last = last;
	buf_swap(&p->data, &b->data);
	p->job.bytes = p->data.len;
	log_enqueue(b->log, &p->job);
	return 0;
}

int
blobw_add(struct blobw *b, const void *data, size_t len)
{
	const uint8_t *in = data;
	size_t n;
	int failed = b->stream == NULL ? 0 : atomic_load(&b->stream->failed);

	assert(!b->finished);
	if (failed != 0) {
		errno = failed;
		return -1;
	}
	if (log_dead(b->log, NULL) || log_readonly(b->log, NULL)) {
		errno = EIO;
		return -1;
	}
	if (EVP_DigestUpdate(b->md, data, len) != 1) {
		errno = ENOMEM;
		return -1;
	}
	while (len > 0) {
		if (b->data.len == LIMIT_PIECE && piece_queue(b, 0) == -1)
			return -1;
		n = LIMIT_PIECE - b->data.len;
		if (n > len)
			n = len;
		/* Exactly a piece once it is large: no doubling past it. */
		if (b->data.len + n > LIMIT_PIECE / 4)
			(void)buf_reserve(&b->data, LIMIT_PIECE - b->data.len);
		buf_add(&b->data, in, n);
		if (buf_failed(&b->data)) {
			errno = ENOMEM;
			return -1;
		}
		in += n;
		len -= n;
		b->size += n;
	}
	return 0;
}

uint64_t
blobw_size(const struct blobw *b)
{
	return b->size;
}

void
blobw_hash(struct blobw *b, uint8_t hash_r[LOG_HASH_LEN])
{
	if (!b->finished) {
		b->finished = 1;
		/* Cannot fail behind a successful update; zeros if it did. */
		(void)EVP_DigestFinal_ex(b->md, b->sha256, NULL);
		if (b->stream == NULL && (b->series != LOG_DERIVED ||
		    b->size == 0 || stream_begin(b) == -1))
			;	/* small: goes with its batch */
		else if (piece_queue(b, 1) == -1)
			atomic_store(&b->stream->failed, ENOMEM);
	}
	memcpy(hash_r, b->sha256, LOG_HASH_LEN);
}

/* ---- out ------------------------------------------------------------ */

void
blobr_free(struct blobr *r)
{
	if (r == NULL)
		return;
	log_seal_give(r->log, r->seal);
	buf_release(&r->places);
	buf_release(&r->plain);
	free(r);
}

static int
bad_place(struct blobr *r, const struct loc *at, struct trouble *t)
{
	const struct seat seat = { .series = at->series,
	    .segment = at->segment };

	return files_damaged(r->log->files, &seat, at->offset, at->ordinal, t);
}

/* Gathers the places of all maps; the first one's frame is given. */
static int
maps_read(struct blobr *r, const struct loc *first, struct frame *f,
    struct trouble *t)
{
	struct loc at = *first;
	struct map m;
	uint32_t have = 0;

	for (;;) {
		if (f->kind != FRAME_MAP || map_decode(r->plain.data,
		    r->plain.len, &m) == -1 || m.from != have)
			return bad_place(r, &at, t);
		if (have == 0)
			r->map = m;
		buf_add(&r->places, r->plain.data + MAP_HEAD,
		    (size_t)m.n * MAP_PLACE);
		if (buf_failed(&r->places))
			return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL,
			    NULL, NULL);
		have += m.n;
		if (f->flags & FRAME_LAST)
			break;
		at.offset += (uint32_t)FRAME_SIZE(f->length);
		at.ordinal++;
		if (files_frame(r->log->files, r->seal, &at, f, &r->plain, t)
		    == -1)
			return -1;
	}
	r->size = r->map.size;
	if (have != r->map.pieces ||
	    (r->size + LIMIT_PIECE - 1) / LIMIT_PIECE != have)
		return bad_place(r, first, t);
	return 0;
}

struct blobr *
blob_open(struct log *log, const struct loc *loc, struct trouble *t)
{
	struct blobr *r = calloc(1, sizeof(*r));
	struct frame f;
	int rc = -1;

	if (r != NULL) {
		r->log = log;
		r->seal = log_seal_take(log);
		r->have = UINT32_MAX;
		r->loc = *loc;
	}
	if (r == NULL || r->seal == NULL) {
		(void)trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL, NULL);
		blobr_free(r);
		return NULL;
	}
	if (files_frame(log->files, r->seal, loc, &f, &r->plain, t) == -1)
		goto out;
	if (f.kind == FRAME_BLOB && r->plain.len >= LOG_HASH_LEN) {
		r->small = 1;
		buf_consume(&r->plain, LOG_HASH_LEN);
		r->size = r->plain.len;
		r->have = 0;
		rc = 0;
	} else {
		rc = maps_read(r, loc, &f, t);
	}
out:
	if (rc == 0)
		return r;
	blobr_free(r);
	return NULL;
}

uint64_t
blobr_size(const struct blobr *r)
{
	return r->size;
}

static int
piece_read(struct blobr *r, uint32_t index, struct trouble *t)
{
	struct loc at;
	struct frame f;
	size_t want = LIMIT_PIECE;

	if (r->have == index)
		return 0;
	r->have = UINT32_MAX;
	place_decode(r->places.data + (size_t)index * MAP_PLACE, r->map.series,
	    &at);
	if (files_frame(r->log->files, r->seal, &at, &f, &r->plain, t) == -1)
		return -1;
	if (index == r->map.pieces - 1)
		want = (size_t)(r->size - (uint64_t)index * LIMIT_PIECE);
	if (f.kind != FRAME_PIECE || f.piece != index ||
	    r->plain.len != want)
		return bad_place(r, &at, t);
	r->have = index;
	return 0;
}

int
blobr_read(struct blobr *r, uint64_t offset, size_t max, struct buf *out,
    struct trouble *t)
{
	size_t skip, n;

	while (max > 0 && offset < r->size) {
		if (!r->small && piece_read(r,
		    (uint32_t)(offset / LIMIT_PIECE), t) == -1)
			return -1;
		skip = (size_t)(offset % LIMIT_PIECE);
		if (r->small)
			skip = (size_t)offset;
		n = r->plain.len - skip;
		if (n > max)
			n = max;
		buf_add(out, r->plain.data + skip, n);
		max -= n;
		offset += n;
	}
	if (buf_failed(out))
		return trouble_set(t, SAY_STORE_MEMORY, NULL, NULL, NULL,
		    NULL);
	return 0;
}
