/* SPDX-License-Identifier: ISC */
/*
 * zipfile: see zipfile.h.  Integers are little-endian.
 *
 *	local header		central header		end
 *	 0 4 signature		 0 4 signature		 0 4 signature
 *	 4 2 version needed	 4 2 made by		 4 2 disks, twice
 *	 6 2 flags		 6 2 version needed	 8 2 entries, twice
 *	 8 2 method		 8 2 flags		12 4 size
 *	10 4 time, date		10 2 method		16 4 offset
 *	14 4 CRC		12 4 time, date		20 2 comment
 *	18 4 size, twice	16 4 CRC
 *	26 2 name		20 4 size, twice	zip64 extra
 *	28 2 extra		28 2 name		 0 2 tag 1
 *				30 2 extra		 2 2 length
 *				32 6 comment, disk, kind 4 8 size, twice; and
 *				38 4 modes		     the offset, each
 *				42 4 offset		     if it is full
 */
#include "proto/out/zipfile.h"

#include <string.h>

#define LOCAL		30
#define END		22
#define END64		56
#define LOCATOR		20
#define FULL16		0xffffu
#define FULL32		0xffffffffu

#define SIG_LOCAL	0x04034b50u
#define SIG_CENTRAL	0x02014b50u
#define SIG_END		0x06054b50u
#define SIG_END64	0x06064b50u
#define SIG_LOCATOR	0x07064b50u

#define UTF8		0x0800u		/* flag: the name is */
#define FIXED		0x28210000u	/* 2000-01-01 00:00:00 */
#define UNIX		0x0300u		/* who made it: modes are Unix's */
#define MODE		0100644u
#define PLAIN		10u		/* versions that it takes to read it */
#define ZIP64		45u

static void
put(struct buf *out, uint64_t n, int bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		buf_addc(out, (int)(n & 0xff));
}

static uint64_t
get(const uint8_t *p, int bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

static uint64_t
at_most(uint64_t n, uint64_t full)
{
	return n < full ? n : full;
}

/* ---- writing ----------------------------------------------------- */

static size_t
extra_size(const struct zipfile_entry *e, int central)
{
	size_t n = (e->size >= FULL32 ? 16u : 0u) +
	    (central && e->offset >= FULL32 ? 8u : 0u);

	return n == 0 ? 0 : n + 4;
}

static void
put_extra(struct buf *out, const struct zipfile_entry *e, int central)
{
	size_t n = extra_size(e, central);

	if (n == 0)
		return;
	put(out, 1, 2);
	put(out, n - 4, 2);
	if (e->size >= FULL32) {
		put(out, e->size, 8);
		put(out, e->size, 8);
	}
	if (central && e->offset >= FULL32)
		put(out, e->offset, 8);
}

/* What both headers have, from "version needed" to the extra's length. */
static void
put_common(struct buf *out, const struct zipfile_entry *e, int central)
{
	size_t extra = extra_size(e, central);

	put(out, extra > 0 ? ZIP64 : PLAIN, 2);
	put(out, UTF8, 2);
	put(out, 0, 2);
	put(out, FIXED, 4);
	put(out, e->crc, 4);
	put(out, at_most(e->size, FULL32), 4);
	put(out, at_most(e->size, FULL32), 4);
	put(out, e->name_len, 2);
	put(out, extra, 2);
}

size_t
zipfile_local_size(const struct zipfile_entry *e)
{
	return LOCAL + e->name_len + extra_size(e, 0);
}

void
zipfile_local(struct buf *out, const struct zipfile_entry *e)
{
	put(out, SIG_LOCAL, 4);
	put_common(out, e, 0);
	buf_add(out, e->name, e->name_len);
	put_extra(out, e, 0);
}

void
zipfile_central(struct buf *out, const struct zipfile_entry *e)
{
	put(out, SIG_CENTRAL, 4);
	put(out, UNIX | (extra_size(e, 1) > 0 ? ZIP64 : PLAIN), 2);
	put_common(out, e, 1);
	put(out, 0, 6);
	put(out, (uint64_t)MODE << 16, 4);
	put(out, at_most(e->offset, FULL32), 4);
	buf_add(out, e->name, e->name_len);
	put_extra(out, e, 1);
}

/* 4.3.14 and 4.3.15, before the end that all readers know. */
static void
put_end64(struct buf *out, const struct zipfile_end *e)
{
	put(out, SIG_END64, 4);
	put(out, END64 - 12, 8);
	put(out, UNIX | ZIP64, 2);
	put(out, ZIP64, 2);
	put(out, 0, 8);
	put(out, e->entries, 8);
	put(out, e->entries, 8);
	put(out, e->size, 8);
	put(out, e->offset, 8);
	put(out, SIG_LOCATOR, 4);
	put(out, 0, 4);
	put(out, e->offset + e->size, 8);
	put(out, 1, 4);
}

void
zipfile_end(struct buf *out, const struct zipfile_end *e)
{
	if (e->entries >= FULL16 || e->size >= FULL32 || e->offset >= FULL32)
		put_end64(out, e);
	put(out, SIG_END, 4);
	put(out, 0, 4);
	put(out, at_most(e->entries, FULL16), 2);
	put(out, at_most(e->entries, FULL16), 2);
	put(out, at_most(e->size, FULL32), 4);
	put(out, at_most(e->offset, FULL32), 4);
	put(out, 0, 2);
}

/* ---- reading ----------------------------------------------------- */

static int
read_end64(const uint8_t *p, size_t n, struct zipfile_end *e)
{
	if (n < END + LOCATOR + END64)
		return -1;
	p += n - END - LOCATOR - END64;
	if (get(p, 4) != SIG_END64 || get(p + END64, 4) != SIG_LOCATOR)
		return -1;
	e->entries = get(p + 32, 8);
	e->size = get(p + 40, 8);
	e->offset = get(p + 48, 8);
	return 1;
}

int
zipfile_end_read(const uint8_t *p, size_t n, struct zipfile_end *e)
{
	const uint8_t *end;

	if (n < END)
		return 0;
	end = p + n - END;
	if (get(end, 4) != SIG_END || get(end + 20, 2) != 0)
		return -1;
	e->entries = get(end + 8, 2);
	e->size = get(end + 12, 4);
	e->offset = get(end + 16, 4);
	return e->entries == FULL16 || e->size == FULL32 ||
	    e->offset == FULL32 ? read_end64(p, n, e) : 1;
}

/* The one extra field, if there has to be one. */
static int
read_extra(const uint8_t *p, size_t n, struct zipfile_entry *e, int central)
{
	uint64_t size = e->size, offset = e->offset;
	size_t want = extra_size(e, central);

	if (n != want)
		return -1;
	if (n == 0)
		return 1;
	if (get(p, 2) != 1 || get(p + 2, 2) != n - 4)
		return -1;
	p += 4;
	if (size == FULL32) {
		e->size = get(p, 8);
		if (get(p + 8, 8) != e->size)
			return -1;
		p += 16;
	}
	if (central && offset == FULL32)
		e->offset = get(p, 8);
	return 1;
}

/* From "version needed" on: as put_common(), then the rest of the head. */
static int
read_common(const uint8_t *p, size_t n, size_t head, int central,
    struct zipfile_entry *e, size_t *used_r)
{
	const uint8_t *c = p + (central ? 6 : 4);
	size_t extra = get(c + 24, 2);

	e->crc = (uint32_t)get(c + 10, 4);
	e->size = get(c + 14, 4);
	e->offset = central ? get(p + 42, 4) : 0;
	e->name = (const char *)p + head;
	e->name_len = get(c + 22, 2);
	if (get(c + 2, 2) != UTF8 || get(c + 4, 2) != 0 ||
	    get(c + 18, 4) != e->size || e->name_len == 0 ||
	    e->name_len > ZIPFILE_NAME_MAX || extra > 28)
		return -1;
	if (n < head + e->name_len + extra)
		return 0;
	*used_r = head + e->name_len + extra;
	return read_extra(p + head + e->name_len, extra, e, central);
}

int
zipfile_local_read(const uint8_t *p, size_t n, struct zipfile_entry *e,
    size_t *used_r)
{
	*used_r = 0;
	if (n < 4)
		return 0;
	if (get(p, 4) == SIG_CENTRAL || get(p, 4) == SIG_END)
		return 1;
	if (get(p, 4) != SIG_LOCAL)
		return -1;
	return n < LOCAL ? 0 : read_common(p, n, LOCAL, 0, e, used_r);
}

int
zipfile_central_read(const uint8_t *p, size_t n, struct zipfile_entry *e,
    size_t *used_r)
{
	*used_r = 0;
	if (n < ZIPFILE_CENTRAL)
		return 0;
	if (get(p, 4) != SIG_CENTRAL || get(p + 32, 2) != 0)
		return -1;
	return read_common(p, n, ZIPFILE_CENTRAL, 1, e, used_r);
}
