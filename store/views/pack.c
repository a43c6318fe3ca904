/* SPDX-License-Identifier: ISC */
/*
 * pack: members of a row as tag, length, bytes.  Rows come sealed and
 * authenticated, yet a member that does not fit is found and said, never
 * read past.
 */
#include "store/views/pack.h"

#include <assert.h>
#include <string.h>

void
pack_varint(struct buf *b, uint64_t v)
{
	uint8_t out[10];
	size_t n = 0;

	do {
		out[n] = (uint8_t)(v & 0x7f);
		v >>= 7;
		if (v != 0)
			out[n] |= 0x80;
		n++;
	} while (v != 0);
	buf_add(b, out, n);
}

uint64_t
pack_zigzag(int64_t v)
{
	uint64_t u = (uint64_t)v << 1;

	return v < 0 ? ~u : u;
}

int64_t
pack_unzigzag(uint64_t u)
{
	return (int64_t)((u >> 1) ^ (0 - (u & 1)));
}

void
pack_raw(struct buf *b, unsigned tag, const void *p, size_t n)
{
	assert(tag > 0 && tag < 256);
	buf_addc(b, (int)tag);
	pack_varint(b, n);
	buf_add(b, p, n);
}

void
pack_str(struct buf *b, unsigned tag, struct vstr s)
{
	if (s.n > 0)
		pack_raw(b, tag, s.p, s.n);
}

static size_t
varint_len(uint64_t v)
{
	size_t n = 1;

	while ((v >>= 7) != 0)
		n++;
	return n;
}

void
pack_u64(struct buf *b, unsigned tag, uint64_t v)
{
	if (v == 0)
		return;
	buf_addc(b, (int)tag);
	pack_varint(b, varint_len(v));
	pack_varint(b, v);
}

void
pack_time(struct buf *b, unsigned tag, int64_t at)
{
	uint64_t v = pack_zigzag(at);

	if (at == WHEN_NONE)
		return;
	buf_addc(b, (int)tag);
	pack_varint(b, varint_len(v));
	pack_varint(b, v);
}

void
pack_when(struct buf *b, unsigned tag, struct vwhen w)
{
	uint64_t v = pack_zigzag(w.at);

	if (w.at == WHEN_NONE)
		return;
	buf_addc(b, (int)tag);
	pack_varint(b, 1 + varint_len(v));
	buf_addc(b, (int)w.precision);
	pack_varint(b, v);
}

void
pack_id(struct buf *b, unsigned tag, const struct id *id)
{
	uint8_t key[ID_KEY_LEN];

	if (id->kind == ID_NONE)
		return;
	id_key(id, key);
	pack_raw(b, tag, key, sizeof key);
}

void
unpack_init(struct unpack *u, const void *p, size_t n)
{
	memset(u, 0, sizeof *u);
	u->p = p;
	u->end = u->p + n;
}

static uint64_t
varint(const uint8_t **p, const uint8_t *end, int *bad)
{
	uint64_t v = 0;

	for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
		uint8_t c = *(*p)++;

		v |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0)
			return v;
	}
	*bad = 1;
	return 0;
}

int
unpack_next(struct unpack *u)
{
	uint64_t n;

	if (u->bad || u->p == u->end)
		return 0;
	u->tag = *u->p++;
	n = varint(&u->p, u->end, &u->bad);
	if (u->bad || n > (uint64_t)(u->end - u->p)) {
		u->bad = 1;
		return 0;
	}
	u->v = u->p;
	u->n = (size_t)n;
	u->p += n;
	return 1;
}

struct vstr
unpack_str(const struct unpack *u)
{
	return (struct vstr){ (const char *)u->v, u->n };
}

uint64_t
unpack_varint(struct unpack *u)
{
	const uint8_t *p = u->v, *end = u->v + u->n;
	uint64_t v = varint(&p, end, &u->bad);

	u->v = p;
	u->n = (size_t)(end - p);
	return v;
}

uint64_t
unpack_u64(struct unpack *u)
{
	uint64_t v = unpack_varint(u);

	if (u->n != 0)
		u->bad = 1;
	return v;
}

int64_t
unpack_time(struct unpack *u)
{
	return pack_unzigzag(unpack_u64(u));
}

struct vwhen
unpack_when(struct unpack *u)
{
	struct vwhen w = { WHEN_NONE, WHEN_UNKNOWN };

	if (u->n < 2) {
		u->bad = 1;
		return w;
	}
	w.precision = (enum when_precision)*u->v++;
	u->n--;
	w.at = unpack_time(u);
	return w;
}

void
unpack_bytes(struct unpack *u, void *out, size_t n)
{
	if (u->n < n) {
		u->bad = 1;
		memset(out, 0, n);
		return;
	}
	memcpy(out, u->v, n);
	u->v += n;
	u->n -= n;
}

void
unpack_idkey(struct unpack *u, struct id *id)
{
	uint8_t key[ID_KEY_LEN];

	unpack_bytes(u, key, sizeof key);
	id_from_key(key, id);
}

void
unpack_id(struct unpack *u, struct id *id)
{
	unpack_idkey(u, id);
	if (u->n != 0)
		u->bad = 1;
}

struct vstr
unpack_rest(struct unpack *u)
{
	struct vstr s = { (const char *)u->v, u->n };

	u->v += u->n;
	u->n = 0;
	return s;
}
