/* SPDX-License-Identifier: ISC */
/*
 * row: the members of the sealed rows.  One table a struct says which tag a
 * member has, of what type it is and where it stands; what repeats (filings,
 * arrivals ...) is packed by hand in row_doc.c and at the end here.
 *
 * Tags are never given another meaning without a new VIEWS_APPLY.
 */
#include "store/views/row_member.h"

#include <errno.h>
#include <string.h>

#include "proto/base/text.h"

struct vstr
vstr_of(const char *text)
{
	return (struct vstr){ text, strlen(text) };
}

int
vstr_is(struct vstr s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

void
vstr_copy(char *to, size_t size, const struct vstr *s)
{
	size_t n = text_cut(s->p, s->n, size - 1);

	if (n > 0)
		memcpy(to, s->p, n);
	to[n] = '\0';
}

static void
member_pack(const struct member *m, const void *base, struct buf *b)
{
	const void *p = (const char *)base + m->offset;

	switch (m->type) {
	case MEMBER_STR:
		pack_str(b, m->tag, *(const struct vstr *)p);
		break;
	case MEMBER_U64:
		pack_u64(b, m->tag, *(const uint64_t *)p);
		break;
	case MEMBER_INT:
		pack_u64(b, m->tag, *(const unsigned *)p);
		break;
	case MEMBER_TIME:
		pack_time(b, m->tag, *(const int64_t *)p);
		break;
	case MEMBER_WHEN:
		pack_when(b, m->tag, *(const struct vwhen *)p);
		break;
	case MEMBER_ID:
		pack_id(b, m->tag, p);
		break;
	}
}

static void
member_unpack(const struct member *m, void *base, struct unpack *u)
{
	void *p = (char *)base + m->offset;

	switch (m->type) {
	case MEMBER_STR:
		*(struct vstr *)p = unpack_str(u);
		break;
	case MEMBER_U64:
		*(uint64_t *)p = unpack_u64(u);
		break;
	case MEMBER_INT:
		*(unsigned *)p = (unsigned)unpack_u64(u);
		break;
	case MEMBER_TIME:
		*(int64_t *)p = unpack_time(u);
		break;
	case MEMBER_WHEN:
		*(struct vwhen *)p = unpack_when(u);
		break;
	case MEMBER_ID:
		unpack_id(u, p);
		break;
	}
}

void
members_none(const struct member *m, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++) {
		void *p = (char *)base + m[i].offset;

		if (m[i].type == MEMBER_TIME)
			*(int64_t *)p = WHEN_NONE;
		else if (m[i].type == MEMBER_WHEN)
			((struct vwhen *)p)->at = WHEN_NONE;
	}
}

void
members_pack(const struct member *m, size_t n, const void *base,
    struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		member_pack(&m[i], base, b);
}

int
members_take(const struct member *m, size_t n, void *base, struct unpack *u)
{
	for (size_t i = 0; i < n; i++) {
		if (m[i].tag == u->tag) {
			member_unpack(&m[i], base, u);
			return 1;
		}
	}
	return 0;
}

int
row_unpack(const struct member *m, size_t n, void *base, size_t size,
    const void *p, size_t len)
{
	struct unpack u;

	memset(base, 0, size);
	members_none(m, n, base);
	unpack_init(&u, p, len);
	while (unpack_next(&u))
		if (!members_take(m, n, base, &u))
			u.bad = 1;
	if (u.bad) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

#define AT(type, tag, member) MEMBER_AT(struct ROW, type, tag, member)

#define ROW vclient
static const struct member client_member[] = {
	AT(ID, 1, id), AT(ID, 2, same_as), AT(TIME, 3, created_at),
	AT(STR, 4, name), AT(STR, 5, since),
};
#undef ROW

#define ROW vcase
static const struct member case_member[] = {
	AT(ID, 1, id), AT(ID, 2, client), AT(TIME, 3, opened_at),
	AT(TIME, 4, closed_at), AT(STR, 5, opened), AT(STR, 6, title),
	AT(STR, 7, reference),
};
#undef ROW
#define CASE_LINK 8		/* id(9) text */

#define ROW vcontact
static const struct member contact_member[] = {
	AT(ID, 1, id), AT(TIME, 2, added_at), AT(STR, 3, type),
	AT(STR, 4, name),
};
#undef ROW

#define ROW vstaff
static const struct member staff_member[] = {
	AT(ID, 1, id), AT(STR, 2, name), AT(STR, 3, login), AT(STR, 4, from),
};
#undef ROW

#define ROW vparty
static const struct member party_member[] = {
	AT(U64, 1, seq), AT(ID, 2, contact), AT(ID, 3, client),
	AT(ID, 4, kase), AT(STR, 5, role), AT(STR, 6, from),
	AT(STR, 7, until), AT(U64, 8, end), AT(TIME, 9, ended_at),
};
#undef ROW

#define ROW vfact
static const struct member fact_member[] = {
	AT(U64, 1, seq), AT(U64, 2, supersedes), AT(TIME, 3, at),
	AT(ID, 4, subject), AT(ID, 5, document), AT(STR, 6, name),
	AT(STR, 7, value), AT(STR, 8, from), AT(STR, 9, until),
	AT(STR, 10, asked), AT(STR, 11, actor), AT(STR, 12, reason),
	AT(STR, 13, number),
};
#undef ROW

#define ROW vline
static const struct member line_member[] = {
	AT(U64, 1, seq), AT(TIME, 2, at), AT(INT, 3, kind), AT(STR, 4, actor),
	AT(ID, 5, client), AT(ID, 6, kase), AT(ID, 7, contact),
	AT(ID, 8, staff), AT(ID, 9, document), AT(WHEN, 10, time),
	AT(INT, 11, time_from), AT(STR, 12, asked), AT(STR, 13, arg[0]),
	AT(STR, 14, arg[1]), AT(STR, 15, arg[2]),
};
#undef ROW

SIMPLE_ROW(vclient, client_member)
SIMPLE_ROW(vcontact, contact_member)
SIMPLE_ROW(vstaff, staff_member)
SIMPLE_ROW(vparty, party_member)
SIMPLE_ROW(vfact, fact_member)

void
vcase_pack(const struct vcase *row, struct buf *b)
{
	members_pack(case_member, MEMBERS(case_member), row, b);
	for (unsigned i = 0; i < row->nlinks; i++) {
		uint8_t key[ID_KEY_LEN];

		id_key(&row->link[i].kase, key);
		buf_addc(b, CASE_LINK);
		pack_varint(b, sizeof key + row->link[i].as.n);
		buf_add(b, key, sizeof key);
		buf_add(b, row->link[i].as.p, row->link[i].as.n);
	}
}

int
vcase_unpack(const void *p, size_t n, struct vcase *row)
{
	struct unpack u;

	memset(row, 0, sizeof *row);
	members_none(case_member, MEMBERS(case_member), row);
	unpack_init(&u, p, n);
	while (unpack_next(&u)) {
		if (members_take(case_member, MEMBERS(case_member), row, &u))
			continue;
		if (u.tag != CASE_LINK || row->nlinks == VCASE_LINK_MAX) {
			u.bad = 1;
			break;
		}
		unpack_idkey(&u, &row->link[row->nlinks].kase);
		row->link[row->nlinks++].as = unpack_rest(&u);
	}
	if (u.bad) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/* The first byte says which of the two it is. */
void
vline_pack(const struct vline *row, struct buf *b)
{
	buf_addc(b, row->is_doc ? 'd' : 'r');
	if (row->is_doc)
		vdoc_pack(&row->doc, b);
	else
		members_pack(line_member, MEMBERS(line_member), row, b);
}

int
vline_unpack(const void *p, size_t n, struct vline *row)
{
	const uint8_t *b = p;

	if (n == 0 || (b[0] != 'd' && b[0] != 'r')) {
		errno = EINVAL;
		return -1;
	}
	if (b[0] == 'r')
		return row_unpack(line_member, MEMBERS(line_member), row,
		    sizeof *row, b + 1, n - 1);
	row->is_doc = 1;
	return vdoc_unpack(b + 1, n - 1, &row->doc);
}

/* ---- words ----------------------------------------------------------- */

const char *
vstate_name(enum vstate s)
{
	static const char *const name[] = { "new", "triage", "filed", "aside" };

	return name[s];
}

const char *
vstatus_name(enum vstatus s)
{
	static const char *const name[] = { "received", "read", "unread" };

	return name[s];
}

const char *
vfrom_name(enum vfrom f)
{
	static const char *const name[] = { "capture", "header", "received",
	    "file", "envelope", "note", "stated", "entry" };

	return name[f];
}

static const char *const marks[] = { "privileged", "without-prejudice",
    "received-in-error" };

const char *
vmark_name(unsigned i)
{
	return i < MEMBERS(marks) ? marks[i] : NULL;
}

unsigned
vmark_bit(const char *s, size_t n)
{
	for (unsigned i = 0; i < MEMBERS(marks); i++)
		if (strlen(marks[i]) == n && memcmp(marks[i], s, n) == 0)
			return 1u << i;
	return 0;
}

const char *
vprecision_name(enum when_precision p)
{
	static const char *const name[] = { "unknown", "year", "month", "date",
	    "minute", "exact" };

	return name[p];
}
