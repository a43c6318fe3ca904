/* SPDX-License-Identifier: ISC */
/*
 * row_member: tables of members, shared by row.c, row_doc.c and row_bundle.c
 * only.
 */
#ifndef DOSSIER_VIEWS_ROW_MEMBER_H
#define DOSSIER_VIEWS_ROW_MEMBER_H

#include <stddef.h>
#include <stdint.h>

#include "store/views/pack.h"
#include "store/views/row.h"

struct member {
	uint8_t		tag;
	enum { MEMBER_STR, MEMBER_U64, MEMBER_INT, MEMBER_TIME, MEMBER_WHEN,
	    MEMBER_ID }	type;
	uint16_t	offset;
};

#define MEMBER_AT(row, type, tag, member) \
	{ (tag), MEMBER_##type, (uint16_t)offsetof(row, member) }
#define MEMBERS(table) (sizeof(table) / sizeof(table)[0])

/* Times without a value; the rest of the struct is zeros already. */
void	members_none(const struct member *, size_t n, void *base);
void	members_pack(const struct member *, size_t n, const void *base,
	    struct buf *);
/* 1 if the member was one of them. */
int	members_take(const struct member *, size_t n, void *base,
	    struct unpack *);
/* All members of a row that has only such; an unknown tag is bad (EINVAL). */
int	row_unpack(const struct member *, size_t n, void *base, size_t size,
		    const void *, size_t len);

/* NAME_pack() and NAME_unpack() of a row that has only such. */
#define SIMPLE_ROW(name, table)						\
void									\
name##_pack(const struct name *row, struct buf *b)			\
{									\
	members_pack(table, MEMBERS(table), row, b);			\
}									\
									\
int									\
name##_unpack(const void *p, size_t n, struct name *row)		\
{									\
	return row_unpack(table, MEMBERS(table), row, sizeof *row,	\
	    p, n);							\
}

#endif
