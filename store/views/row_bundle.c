/* SPDX-License-Identifier: ISC */
/*
 * row_bundle: members of the rows of bundles; tags as in row.c.
 */
#include "store/views/row_bundle.h"

#include "store/views/row_member.h"

#define AT(type, tag, member) MEMBER_AT(struct ROW, type, tag, member)

#define ROW vbundle
static const struct member bundle_member[] = {
	AT(ID, 1, id), AT(ID, 2, client), AT(ID, 3, kase),
	AT(ID, 4, supplements), AT(ID, 5, continued), AT(U64, 6, opened),
	AT(TIME, 7, opened_at), AT(STR, 8, actor), AT(STR, 9, profile),
	AT(STR, 10, prefix), AT(STR, 11, title), AT(STR, 12, lang),
	AT(U64, 13, as_known), AT(U64, 14, ordered), AT(U64, 15, builds),
};
#undef ROW

#define ROW vdecision
static const struct member decision_member[] = {
	AT(U64, 1, seq), AT(TIME, 2, at), AT(STR, 3, actor), AT(STR, 4, as),
	AT(STR, 5, basis), AT(STR, 6, description), AT(STR, 7, reason),
	AT(STR, 8, counsel),
};
#undef ROW

#define ROW vbuild
static const struct member build_member[] = {
	AT(U64, 1, build), AT(INT, 2, state), AT(U64, 3, asked),
	AT(U64, 4, ended), AT(TIME, 5, asked_at), AT(TIME, 6, ended_at),
	AT(U64, 7, position), AT(STR, 8, actor), AT(STR, 9, earlier),
	AT(STR, 10, tagmanifest), AT(STR, 11, numbers), AT(STR, 12, reason),
	AT(U64, 13, documents), AT(U64, 14, withheld), AT(U64, 15, pages),
	AT(U64, 16, files), AT(U64, 17, bytes), AT(U64, 18, stamped),
};
#undef ROW

SIMPLE_ROW(vbundle, bundle_member)
SIMPLE_ROW(vdecision, decision_member)
SIMPLE_ROW(vbuild, build_member)
