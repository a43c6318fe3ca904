/* SPDX-License-Identifier: ISC */
/*
 * table: see table.h.
 *
 * Layout of the memory, which is a memfd mapped anew, privately and to be
 * read, once it is full: a child that writes to it writes to its own copy.
 *
 *	struct table		one[256]	by byte
 *	two			[128][256]	by lead byte - 128, next byte
 *	four			[FOURS]		by their number in order
 *
 * A cell is up to four bytes of UTF-8 with zeros behind; all zero: nothing
 * (byte 0 is itself).  LEAD: more bytes follow.
 */
#include "daemon/reader/table.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define ROOM	(4u << 20)	/* for all; what is unused costs nothing */
#define LEAD	0xff
#define FOURS	39420		/* of GB18030, in plane 0 */
#define FOURS_UP 189000		/* those of the other planes begin here */

struct cell {
	uint8_t	b[4];
};

struct table {
	struct cell	one[256];
	uint32_t	two, four;	/* offset of what follows; 0: none */
};

static uint8_t	*memory;
static size_t	 used;
static int	 fd = -1;

int
tables_begin(void)
{
	fd = memfd_create("charsets", MFD_CLOEXEC);
	if (fd == -1 || ftruncate(fd, ROOM) == -1)
		return -1;
	memory = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -1;
	used = 0;
	return 0;
}

/* At the same place, so that no pointer changes. */
int
tables_end(void)
{
	size_t	 whole = (used + 4095) & ~(size_t)4095;
	void	*p = mmap(memory, whole, PROT_READ, MAP_PRIVATE | MAP_FIXED,
	    fd, 0);

	if (p == MAP_FAILED || munmap(memory + whole, ROOM - whole) == -1)
		return -1;
	(void)close(fd);	/* the mapping stays */
	fd = -1;
	return 0;
}

static void *
take(size_t n)
{
	void	*p = memory + used;

	if (ROOM - used < n) {
		errno = ENOSPC;
		return NULL;
	}
	used += n;
	return p;
}

/* ---- making ----------------------------------------------------------- */

struct maker {
	iconv_t		 cd;
	table_iconv_fn	*convert;
};

/* What bytes alone become: 1, 0 nothing, -1 more must follow. */
static int
probe(const struct maker *m, const uint8_t *bytes, size_t n, struct cell *to)
{
	char	 in[4], out[16], *i = in, *o = out;
	size_t	 left = n, room = sizeof(out), got;
	int	 error;

	memcpy(in, bytes, n);
	(void)m->convert(m->cd, NULL, NULL, NULL, NULL);
	errno = 0;
	got = m->convert(m->cd, &i, &left, &o, &room);
	error = errno;
	/* What it held back comes now. */
	if (got != (size_t)-1)
		(void)m->convert(m->cd, NULL, NULL, &o, &room);
	if (got == (size_t)-1 || o == out || o - out > 4)
		return got == (size_t)-1 && error == EINVAL ? -1 : 0;
	memset(to, 0, sizeof(*to));
	memcpy(to, out, (size_t)(o - out));
	return 1;
}

/* The place of four bytes in order, from 0; -1 if they cannot be four. */
static int32_t
four_number(const uint8_t *p)
{
	if (p[0] < 0x81 || p[0] > 0xfe || p[1] < 0x30 || p[1] > 0x39 ||
	    p[2] < 0x81 || p[2] > 0xfe || p[3] < 0x30 || p[3] > 0x39)
		return -1;
	return (((p[0] - 0x81) * 10 + p[1] - 0x30) * 126 + p[2] - 0x81) * 10 +
	    p[3] - 0x30;
}

static int
fours_make(const struct maker *m, struct table *t)
{
	struct cell	*four = take(FOURS * sizeof(*four));
	uint8_t		 in[4];
	int32_t		 i, n;

	if (four == NULL)
		return -1;
	t->four = (uint32_t)((uint8_t *)four - memory);
	for (i = 0; i < FOURS; i++) {
		n = i;
		in[3] = (uint8_t)(0x30 + n % 10);
		n /= 10;
		in[2] = (uint8_t)(0x81 + n % 126);
		n /= 126;
		in[1] = (uint8_t)(0x30 + n % 10);
		in[0] = (uint8_t)(0x81 + n / 10);
		(void)probe(m, in, 4, &four[i]);
	}
	return 0;
}

static int
twos_make(const struct maker *m, struct table *t, uint8_t lead)
{
	struct cell	*two;
	uint8_t		 in[2] = { lead, 0 };
	int		 i;

	if (t->two == 0) {
		two = take(128 * 256 * sizeof(*two));
		if (two == NULL)
			return -1;
		t->two = (uint32_t)((uint8_t *)two - memory);
	}
	two = (struct cell *)(void *)(memory + t->two) + (lead - 128) * 256;
	for (i = 0; i < 256; i++) {
		in[1] = (uint8_t)i;
		if (probe(m, in, 2, &two[i]) != -1)
			continue;
		two[i].b[0] = LEAD;
		if (t->four == 0 && fours_make(m, t) == -1)
			return -1;
	}
	return 0;
}

const struct table *
table_make(iconv_t cd, table_iconv_fn *convert)
{
	struct maker	 m = { cd, convert };
	struct table	*t = take(sizeof(*t));
	uint8_t		 c;
	int		 i;

	for (i = 0; t != NULL && i < 256; i++) {
		c = (uint8_t)i;
		if (probe(&m, &c, 1, &t->one[i]) != -1)
			continue;
		if (i < 128) {
			errno = EINVAL;	/* it has states: no table */
			return NULL;
		}
		t->one[i].b[0] = LEAD;
		if (twos_make(&m, t, c) == -1)
			return NULL;
	}
	return t;
}

/* ---- converting ------------------------------------------------------- */

static void
utf8_put(uint32_t c, struct cell *to)
{
	to->b[0] = (uint8_t)(0xf0 | c >> 18);
	to->b[1] = (uint8_t)(0x80 | (c >> 12 & 63));
	to->b[2] = (uint8_t)(0x80 | (c >> 6 & 63));
	to->b[3] = (uint8_t)(0x80 | (c & 63));
}

/* Bytes of the character that is next: 0 none, -1 more must follow. */
static int
next_four(const struct table *t, const uint8_t *p, size_t len,
    struct cell *to)
{
	int32_t		 n;

	if (len < 4)
		return -1;
	n = four_number(p);
	if (n == -1)
		return 0;
	if (n < FOURS)
		*to = ((const struct cell *)(const void *)(memory +
		    t->four))[n];
	else if (n >= FOURS_UP && n < FOURS_UP + 0x100000)
		utf8_put(0x10000 + (uint32_t)(n - FOURS_UP), to);
	else
		return 0;
	return to->b[0] == 0 ? 0 : 4;
}

static int
next_char(const struct table *t, const uint8_t *p, size_t len,
    struct cell *to)
{
	*to = t->one[*p];
	if (to->b[0] != LEAD)
		return *p == 0 || to->b[0] != 0;
	if (len < 2)
		return -1;
	*to = ((const struct cell *)(const void *)(memory + t->two))
	    [(*p - 128) * 256 + p[1]];
	if (to->b[0] == LEAD)
		return next_four(t, p, len, to);
	return to->b[0] == 0 ? 0 : 2;
}

static size_t
cell_length(const struct cell *c)
{
	size_t	 n = 1;

	while (n < 4 && c->b[n] != 0)
		n++;
	return n;
}

size_t
table_convert(const struct table *t, char **in, size_t *inleft, char **out,
    size_t *outleft)
{
	struct cell	 c;
	size_t		 n;
	int		 took;

	if (in == NULL || *in == NULL)
		return 0;
	while (*inleft > 0) {
		took = next_char(t, (const uint8_t *)*in, *inleft, &c);
		if (took <= 0) {
			errno = took == 0 ? EILSEQ : EINVAL;
			return (size_t)-1;
		}
		n = cell_length(&c);
		if (*outleft < n) {
			errno = E2BIG;
			return (size_t)-1;
		}
		memcpy(*out, c.b, n);
		*out += n;
		*outleft -= n;
		*in += took;
		*inleft -= (size_t)took;
	}
	return 0;
}
