/* SPDX-License-Identifier: ISC */
/*
 * verify_blob: the bytes of blobs, small ones in the journal, large ones
 * through their maps; then the frames of the blob series that no map named.
 * Those belong to senders who gave up, or to a group that never came: where a
 * segment was not sealed, such a frame may be torn, and nothing is lost.
 */
#include "store/journal/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "store/sys.h"

void
verify_release(struct verify *v)
{
	for (size_t i = 0; i < v->nmarks; i++) {
		buf_release(&v->marks[i].bits);
		buf_release(&v->marks[i].stated);
	}
	free(v->marks);
	buf_release(&v->plain);
	buf_release(&v->body);
	buf_release(&v->rows);
	buf_release(&v->tags);
	buf_release(&v->piece);
	EVP_MD_CTX_free(v->md);
	vtrees_free(v->trees);
	log_close(v->log);
	free(v);
}

static int
differs(struct verify *v, const uint8_t sha256[LOG_HASH_LEN])
{
	struct buf hex = BUF_INIT;
	char path[PATH_MAX];
	int rc;

	buf_addhex(&hex, sha256, LOG_HASH_LEN);
	files_path(v->log->files, LOG_JOURNAL, v->walk.file->seat.segment,
	    ".seg", path, sizeof(path));
	rc = trouble_set(v->t, SAY_STORE_BLOB, buf_str(&hex), path, NULL,
	    NULL);
	buf_release(&hex);
	return rc;
}

int
verify_blob(struct verify *v)
{
	if (v->plain.len < LOG_HASH_LEN)
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	v->sum->blobs++;
	return memcmp(v->sha256, v->plain.data, LOG_HASH_LEN) == 0 ? 0 :
	    differs(v, v->plain.data);
}

/* ---- marks ---------------------------------------------------------- */

static struct marks *
marks_of(struct verify *v, uint8_t series, uint32_t segment)
{
	struct marks *m;
	size_t cap;

	/* From the end: blobs mostly lie where the last one did. */
	for (size_t i = v->nmarks; i > 0; i--) {
		m = &v->marks[i - 1];
		if (m->series == series && m->segment == segment)
			return m;
	}
	if (v->nmarks == v->capmarks) {
		cap = v->capmarks == 0 ? 16 : v->capmarks * 2;
		m = reallocarray(v->marks, cap, sizeof(*m));
		if (m == NULL)
			return NULL;
		v->marks = m;
		v->capmarks = cap;
	}
	m = &v->marks[v->nmarks++];
	*m = (struct marks){ series, segment, BUF_INIT, BUF_INIT };
	return m;
}

static int
set_bit(struct buf *bits, uint32_t ordinal)
{
	size_t need = ordinal / 8 + 1, have = bits->len;

	if (need > have) {
		uint8_t *room = buf_reserve(bits, need - have);

		if (room == NULL)
			return -1;
		memset(room, 0, need - have);
		buf_commit(bits, need - have);
	}
	bits->data[ordinal / 8] |= (uint8_t)(1 << ordinal % 8);
	return 0;
}

static int
has_bit(const struct buf *bits, uint32_t ordinal)
{
	return ordinal / 8 < bits->len &&
	    (bits->data[ordinal / 8] & 1 << ordinal % 8) != 0;
}

static int
mark(struct verify *v, const struct loc *at)
{
	struct marks *m = marks_of(v, at->series, at->segment);

	return m == NULL ? -1 : set_bit(&m->bits, at->ordinal);
}

static int
state_run(struct marks *m, int64_t from, int64_t to)
{
	if (from < 0 || to < from || to >= LIMIT_SEGMENT / FRAME_HEAD)
		return -1;
	for (; from <= to; from++)
		if (set_bit(&m->stated, (uint32_t)from) == -1)
			return -1;
	return 0;
}

int
verify_reclaimed(struct verify *v, const struct entry *e)
{
	struct marks *m;
	uint32_t list, at;
	int64_t from = 0;
	int rc = 0, half = 0;

	m = marks_of(v, json_is(&e->json, entry_get(e, "series"), "derived") ?
	    LOG_DERIVED : LOG_BLOBS, (uint32_t)json_int(&e->json,
	    entry_get(e, "segment"), 0));
	list = entry_get(e, "ordinals");
	if (m == NULL || list == JSON_NONE)
		rc = -1;
	for (at = rc == 0 ? json_first(&e->json, list) : JSON_NONE;
	    rc == 0 && at != JSON_NONE; at = json_after(&e->json, list, at)) {
		if (half)
			rc = state_run(m, from, json_int(&e->json, at, -1));
		from = json_int(&e->json, at, -1);
		half = !half;
	}
	return rc;
}

/* ---- maps ----------------------------------------------------------- */

static int
verify_piece(struct verify *v, const struct loc *at, uint32_t index)
{
	const struct seat seat = { .series = at->series,
	    .segment = at->segment };
	uint64_t left = v->map.size - (uint64_t)index * LIMIT_PIECE;
	struct frame f;

	if (files_frame(v->log->files, v->seal, at, &f, &v->piece, v->t) == -1)
		return -1;
	if (f.kind != FRAME_PIECE || f.piece != index ||
	    v->piece.len != (left < LIMIT_PIECE ? left : LIMIT_PIECE))
		return files_damaged(v->log->files, &seat, at->offset,
		    at->ordinal, v->t);
	if (EVP_DigestUpdate(v->md, v->piece.data, v->piece.len) != 1 ||
	    mark(v, at) == -1)
		return verify_memory(v);
	return verify_tell(v, FRAME_SIZE(f.length));
}

static int
map_begin(struct verify *v, const struct map *m)
{
	v->map = *m;
	v->pieces = 0;
	if (m->from != 0 ||
	    (m->size + LIMIT_PIECE - 1) / LIMIT_PIECE != m->pieces)
		return verify_bad(v, v->walk.at, v->walk.ordinal - 1);
	return EVP_DigestInit_ex2(v->md, v->log->sha256, NULL) == 1 ? 0 :
	    verify_memory(v);
}

int
verify_map(struct verify *v, const struct frame *f)
{
	struct map m;
	struct loc at;
	uint8_t md[EVP_MAX_MD_SIZE];

	if (map_decode(v->plain.data, v->plain.len, &m) == -1 ||
	    (f->piece == 0 && map_begin(v, &m) == -1))
		return verify_bad(v, v->walk.at, f->ordinal);
	if (m.from != v->pieces || m.pieces != v->map.pieces ||
	    memcmp(m.sha256, v->map.sha256, LOG_HASH_LEN) != 0)
		return verify_bad(v, v->walk.at, f->ordinal);
	for (uint32_t i = 0; i < m.n; i++, v->pieces++) {
		place_decode(v->plain.data + MAP_HEAD + (size_t)i * MAP_PLACE,
		    m.series, &at);
		if (verify_piece(v, &at, v->pieces) == -1)
			return -1;
	}
	if ((f->flags & FRAME_LAST) == 0)
		return 0;
	v->sum->blobs++;
	if (v->pieces != m.pieces || EVP_DigestFinal_ex(v->md, md, NULL) != 1
	    || memcmp(md, m.sha256, LOG_HASH_LEN) != 0)
		return differs(v, m.sha256);
	return 0;
}

/* ---- the blob series ------------------------------------------------ */

static int
says_sealed(struct verify *v, uint64_t size)
{
	uint8_t got[8];

	return size >= SEGMENT_HEAD + TRAILER_LEN && sys_pread(
	    v->walk.file->fd, got, sizeof(got), size - TRAILER_LEN) ==
	    (int64_t)sizeof(got) && memcmp(got, "DSEGEND\n", 8) == 0;
}

/* A piece that no map named. */
static int
spare_frame(struct verify *v, const struct frame *f)
{
	const struct loc at = { v->walk.file->seat.series,
	    v->walk.file->seat.segment, (uint32_t)v->walk.at, f->ordinal };
	uint8_t row[LOC_LEN];

	v->sum->spare += FRAME_SIZE(f->length);
	if (v->spare_at == NULL)
		return 0;
	loc_put(&at, row);
	buf_add(v->spare_at, row, sizeof(row));
	return buf_failed(v->spare_at) ? verify_memory(v) : 0;
}

static int
blob_frame(struct verify *v, const struct marks *m, const struct frame *f,
    const uint8_t *raw, uint32_t before)
{
	struct first first;
	char path[PATH_MAX], other[PATH_MAX];

	if (has_bit(&m->bits, f->ordinal))
		return 0;	/* counted when it was read */
	if (f->kind == FRAME_PIECE && has_bit(&m->stated, f->ordinal)) {
		v->sum->reclaimed += FRAME_SIZE(f->length);
		return 0;	/* its bytes may be gone */
	}
	if (seal_get(v->seal, &v->walk.file->seat, f, raw, &v->plain) == -1)
		return verify_bad(v, v->walk.at, f->ordinal);
	if (f->kind == FRAME_PIECE)
		return spare_frame(v, f);
	if (f->kind != FRAME_FIRST)
		return f->kind == FRAME_FOOTER ? 0 :
		    verify_bad(v, v->walk.at, f->ordinal);
	if (first_decode(v->plain.data, v->plain.len, &first) == -1)
		return verify_bad(v, v->walk.at, f->ordinal);
	if (first.number == before)
		return 0;
	files_path(v->log->files, v->walk.file->seat.series, first.number,
	    ".seg", other, sizeof(other));
	files_path(v->log->files, v->walk.file->seat.series,
	    v->walk.file->seat.segment, ".seg", path, sizeof(path));
	return trouble_set(v->t, SAY_STORE_MISSING, other, path, NULL, NULL);
}

/* A bad frame that no map names: a loss only where it was sealed. */
static int
end_segment(struct verify *v, int sealed, int rc)
{
	if (rc == 0 && v->sealed)
		return 0;
	if (sealed || v->walk.ordinal == 0 || (v->t != NULL && rc == -1 &&
	    v->t->key != SAY_STORE_DAMAGED))
		return rc == -1 ? -1 : verify_bad(v, v->walk.next,
		    v->walk.ordinal);
	if (rc == -1 && !v->live)
		v->sum->torn++;
	return 0;
}

static int
blob_segment(struct verify *v, uint8_t series, uint32_t segment,
    uint32_t before)
{
	const struct marks *m = marks_of(v, series, segment);
	struct frame f;
	const uint8_t *raw;
	uint64_t size;
	int sealed, r = 0, rc = 0;

	if (m == NULL)
		return verify_memory(v);
	if (verify_enter(v, series, segment, &size) == -1)
		return -1;
	sealed = says_sealed(v, size);
	while (rc == 0 && !v->sealed && (r = walk_next(&v->walk, &f, &raw))
	    == 1) {
		rc = blob_frame(v, m, &f, raw, before);
		if (rc == 0 && f.kind == FRAME_FOOTER) {
			rc = verify_footer(v, size, sealed);
			sealed = 1;
		} else if (rc == 0) {
			verify_note(v, &f, raw);
			if (!has_bit(&m->bits, f.ordinal))
				rc = verify_tell(v, FRAME_SIZE(f.length));
		}
	}
	if (rc == 0 && r == -1)
		rc = verify_bad(v, v->walk.next, v->walk.ordinal);
	rc = end_segment(v, sealed, rc);
	verify_leave(v);
	return rc;
}

int
verify_series(struct verify *v, uint8_t series)
{
	uint32_t n = 0, before = 0;

	while ((n = files_after(v->log->files, series, n)) != 0) {
		if (blob_segment(v, series, n, before) == -1)
			return -1;
		before = n;
	}
	return 0;
}
