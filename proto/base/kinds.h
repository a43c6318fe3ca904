/* SPDX-License-Identifier: ISC */
/*
 * kinds: the table of entry kinds, and the entry itself.
 *
 * An entry is canonical JSON of these members, in this order, and no others:
 *
 *	actor	 who stated it: "S-03", "uid:1000", "dossierd", "rules"
 *	at	 RFC 3339 UTC with microseconds, given by the writer
 *	body	 the fields of its kind (kinds.def)
 *	bundle	 id, where it applies
 *	case, client, contact, document	 ids, where they apply
 *	kind	 name of its kind
 *	seq	 its number in the journal, from 1, without gaps
 *	staff	 id, where it applies
 *	v	 version of the kind's body, from 1
 *
 * An entry stores kind and fields, never a printed sentence.  An entry names
 * at most one case.  Every version ever written stays readable: a changed
 * body is a new v, and the reader of the old one stays.
 */
#ifndef DOSSIER_KINDS_H
#define DOSSIER_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/ids.h"
#include "proto/base/json.h"
#include "proto/base/say.h"

enum kind {
#define KIND(key, name, assigns, lane, sentence) KIND_##key,
#define FIELD(name, type, need, meaning)
#include "proto/base/kinds.def"
#undef KIND
#undef FIELD
	KIND_COUNT
};
/* Of a set of kinds. */
#define KIND_BIT(kind)	(UINT64_C(1) << (kind))

/* One column of a timeline. */
enum lane {
	LANE_NONE, LANE_RECORD, LANE_EMAIL, LANE_POST, LANE_FAX, LANE_CALL,
	LANE_MEETING, LANE_MESSAGE, LANE_WEB, LANE_MILESTONE, LANE_ACCESS,
	LANE_DOCUMENT,		/* of the document that it speaks of */
	LANE_COUNT
};

const char	*kind_name(enum kind);
/* KIND_COUNT if there is none of that name. */
enum kind	 kind_of(const char *, size_t);
/* What number an entry of the kind is given, ID_NONE for most. */
enum id_kind	 kind_assigns(enum kind);
enum lane	 kind_lane(enum kind);
enum say_key	 kind_sentence(enum kind);
const char	*lane_name(enum lane);		/* "record", "email" ... */
enum lane	 lane_of(const char *, size_t);	/* LANE_COUNT if none */
/*
 * Holds a body against the fields of its kind: an unknown field, a missing
 * needed one or a wrong type gives the field's name ("?" for a field that
 * no kind has), a good body NULL.  Appending checks; decoding does not, so
 * that what is durable stays readable.
 */
const char	*kind_check(enum kind, const struct json *, uint32_t body);

/* A decoded entry; borrows the text it was decoded from. */
struct entry {
	uint64_t	seq;
	int64_t		at;
	enum kind	kind;
	unsigned	v;
	char		actor[64];
	struct id	client, kase, contact, document, staff, bundle;
	struct json	json;
	uint32_t	body;		/* token of the body in json */
};

/* 0, or -1 with errno EINVAL or ENOMEM.  Then entry_release(). */
int	entry_decode(struct entry *entry_r, const char *, size_t);
void	entry_release(struct entry *);
/* The token of a body field, JSON_NONE if absent. */
uint32_t entry_get(const struct entry *, const char *field);
/* Writes the entry with the given canonical body; the inverse of decode. */
void	entry_encode(struct buf *, const struct entry *, const char *body,
	    size_t bodylen);

#endif
