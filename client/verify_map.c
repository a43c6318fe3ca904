/* SPDX-License-Identifier: ISC */
/*
 * verify_map: that a zip says one thing to every reader.  Programs go by its
 * directory, by the headers before the files, or by both; a forger could have
 * this check read the good files and the next program the bad ones.  So:
 *
 *	header, data[, sizes]	one behind the other, from byte 0, in the
 *	...			order of the directory; names, ways of packing
 *				and sizes as the directory has them
 *	directory
 *	[end of zip64, where that is]
 *	end			the last 22 bytes of the file: no comment
 *
 * and no extra field gives a file a second name.  It must never take a
 * number of the archive for more than a place to look at.
 */
#include "client/verify_own.h"

#include <string.h>
#include <unistd.h>

#include "proto/base/limits.h"

#define END		22
#define END64		56
#define LOCATOR		20
#define HEADER		30
#define ENTRY		46
#define EXTRA_ZIP64	0x0001
#define EXTRA_NAME	0x7075	/* Info-ZIP: the path in UTF-8 */
#define SIZES_BEHIND	8u	/* flag: sizes stand behind the data */
#define ALL16		0xffffu
#define ALL32		UINT64_C(0xffffffff)

struct map {
	struct input	*in;
	uint64_t	 start, len, count;	/* of the directory */
	uint64_t	 at;			/* in the directory */
	uint64_t	 end;			/* of the last file's data */
	int		 behind;		/* its sizes may follow */
};

struct part {
	uint64_t	 flags, way, crc, packed, size, offset;
	size_t		 name_len, extra_len;
	uint8_t		 name[BAGIT_PATH_MAX * 2 + 2], extra[4096];
};

static uint64_t
little(const uint8_t *p, unsigned n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | p[n];
	return x;
}

/* All of them, of the file; 0, or -1: they are not there. */
static int
bytes_at(const struct map *m, uint64_t at, void *to, size_t n)
{
	if (at > m->in->size || n > m->in->size - at)
		return -1;
	while (n > 0) {
		ssize_t got = pread(m->in->fd, to, n, (off_t)at);

		if (got <= 0)
			return -1;
		to = (uint8_t *)to + got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* ---- one file of it ----------------------------------------------------- */

/* The values that did not fit, in their order; no name. */
static int
extra_take(struct part *p, int header)
{
	uint64_t *wide[3] = { &p->size, &p->packed, &p->offset };
	size_t at = 0;
	int seen = 0;

	while (at < p->extra_len) {
		size_t left = p->extra_len - at, len, pos = at + 4;
		uint64_t id;

		if (left < 4)
			return -1;
		id = little(p->extra + at, 2);
		len = little(p->extra + at + 2, 2);
		if (len > left - 4 || id == EXTRA_NAME)
			return -1;
		at = pos + len;
		if (id != EXTRA_ZIP64)
			continue;
		if (seen++)
			return -1;
		for (int i = 0; i < (header ? 2 : 3); i++) {
			if (*wide[i] != ALL32)
				continue;
			if (at - pos < 8)
				return -1;
			*wide[i] = little(p->extra + pos, 8);
			pos += 8;
		}
	}
	return 0;
}

/* Name and extra field from a place in the file. */
static int
names_take(const struct map *m, struct part *p, uint64_t at, int header)
{
	if (p->name_len == 0 || p->name_len > sizeof p->name ||
	    p->extra_len > sizeof p->extra ||
	    bytes_at(m, at, p->name, p->name_len) == -1 ||
	    bytes_at(m, at + p->name_len, p->extra, p->extra_len) == -1 ||
	    memchr(p->name, '\0', p->name_len) != NULL)
		return -1;
	return extra_take(p, header);
}

static int
header_take(const struct map *m, uint64_t at, struct part *p)
{
	uint8_t b[HEADER];

	if (bytes_at(m, at, b, sizeof b) == -1 ||
	    memcmp(b, "PK\3\4", 4) != 0)
		return -1;
	p->flags = little(b + 6, 2);
	p->way = little(b + 8, 2);
	p->crc = little(b + 14, 4);
	p->packed = little(b + 18, 4);
	p->size = little(b + 22, 4);
	p->offset = 0;
	p->name_len = little(b + 26, 2);
	p->extra_len = little(b + 28, 2);
	return names_take(m, p, at + HEADER, 1);
}

static int
entry_take(struct map *m, struct part *p)
{
	uint8_t b[ENTRY];
	uint64_t whole;

	if (bytes_at(m, m->at, b, sizeof b) == -1 ||
	    memcmp(b, "PK\1\2", 4) != 0)
		return -1;
	p->flags = little(b + 8, 2);
	p->way = little(b + 10, 2);
	p->crc = little(b + 16, 4);
	p->packed = little(b + 20, 4);
	p->size = little(b + 24, 4);
	p->offset = little(b + 42, 4);
	p->name_len = little(b + 28, 2);
	p->extra_len = little(b + 30, 2);
	whole = ENTRY + p->name_len + p->extra_len + little(b + 32, 2);
	if (little(b + 34, 2) != 0 || whole > m->start + m->len - m->at ||
	    names_take(m, p, m->at + ENTRY, 0) == -1)
		return -1;
	m->at += whole;
	return 0;
}

/* Sizes behind data: with or without a mark, of 4 or 8 bytes each. */
static int
follows(const struct map *m, uint64_t next)
{
	uint64_t gap = next - m->end;

	return next >= m->end && (gap == 0 || (m->behind && (gap == 12 ||
	    gap == 16 || gap == 20 || gap == 24)));
}

static int
file_hold(struct map *m, const struct part *e, const struct part *h)
{
	uint64_t data = e->offset + HEADER + h->name_len + h->extra_len;

	if (h->flags != e->flags || h->way != e->way ||
	    h->name_len != e->name_len ||
	    memcmp(h->name, e->name, e->name_len) != 0)
		return -1;
	if (!(e->flags & SIZES_BEHIND) && (h->crc != e->crc ||
	    h->packed != e->packed || h->size != e->size))
		return -1;
	if (data > m->start || e->packed > m->start - data)
		return -1;
	m->end = data + e->packed;
	m->behind = (e->flags & SIZES_BEHIND) != 0;
	return 0;
}

/* ---- the directory ------------------------------------------------------ */

static int
end64_take(struct map *m, uint64_t at)
{
	uint8_t b[END64], l[LOCATOR];

	if (at < LOCATOR + END64 ||
	    bytes_at(m, at - LOCATOR, l, sizeof l) == -1 ||
	    bytes_at(m, at - LOCATOR - END64, b, sizeof b) == -1 ||
	    memcmp(l, "PK\6\7", 4) != 0 || memcmp(b, "PK\6\6", 4) != 0 ||
	    little(l + 4, 4) != 0 || little(l + 16, 4) != 1 ||
	    little(l + 8, 8) != at - LOCATOR - END64 ||
	    little(b + 4, 8) != END64 - 12 || little(b + 16, 8) != 0 ||
	    little(b + 24, 8) != little(b + 32, 8))
		return -1;
	m->count = little(b + 24, 8);
	m->len = little(b + 40, 8);
	m->start = little(b + 48, 8);
	return m->start <= m->in->size &&
	    m->len == at - LOCATOR - END64 - m->start ? 0 : -1;
}

static int
end_take(struct map *m)
{
	uint64_t at = m->in->size - END;
	uint8_t b[END], l[4];

	if (m->in->size < END || bytes_at(m, at, b, sizeof b) == -1 ||
	    memcmp(b, "PK\5\6", 4) != 0 || little(b + 4, 4) != 0 ||
	    little(b + 8, 2) != little(b + 10, 2) || little(b + 20, 2) != 0)
		return -1;
	m->count = little(b + 8, 2);
	m->len = little(b + 12, 4);
	m->start = little(b + 16, 4);
	if (at >= LOCATOR && bytes_at(m, at - LOCATOR, l, 4) == 0 &&
	    memcmp(l, "PK\6\7", 4) == 0)
		return end64_take(m, at);
	if (m->count == ALL16 || m->len == ALL32 || m->start == ALL32)
		return -1;
	return m->start <= at && m->len == at - m->start ? 0 : -1;
}

static int
map_read(struct map *m, struct part *e, struct part *h)
{
	if (end_take(m) == -1 || m->count > LIMIT_BAG_FILES)
		return -1;
	m->at = m->start;
	for (uint64_t i = 0; i < m->count; i++)
		if (entry_take(m, e) == -1 || !follows(m, e->offset) ||
		    header_take(m, e->offset, h) == -1 ||
		    file_hold(m, e, h) == -1)
			return -1;
	return m->at == m->start + m->len && follows(m, m->start) ? 0 : -1;
}

int
input_map(struct input *in)
{
	struct map m = { .in = in };
	struct part e, h;

	return map_read(&m, &e, &h) == 0 ? 0 :
	    input_fail(in, INPUT_TWOFOLD, "");
}
