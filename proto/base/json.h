/* SPDX-License-Identifier: ISC */
/*
 * json: the canonical JSON of entries, readings and answers.
 *
 * Canonical is RFC 8785 without numbers that are not integers: UTF-8, keys
 * in the order of their UTF-16 code units (all our keys are ASCII, so byte
 * order), none twice, no white space, the shortest escapes, integers within
 * +-(2^53 - 1).  The reader takes exactly that and nothing else, so bytes
 * that passed it are the only spelling of what they say.
 */
#ifndef DOSSIER_JSON_H
#define DOSSIER_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"

#define JSON_INT_MAX	INT64_C(9007199254740991)	/* RFC 8785, 3.2.2.3 */
#define JSON_DEPTH_MAX	16

/*
 * The writer appends to a buf.  Commas and colons are its business.  A key
 * out of order or a value where none fits is a broken invariant: assert.
 * Text that is not UTF-8 is written with U+FFFD for each bad byte.
 */
struct jw {
	struct buf	*out;
	unsigned	 depth;
	uint8_t		 state[JSON_DEPTH_MAX + 1];
	char		 last[JSON_DEPTH_MAX + 1][32];	/* the last key */
};

void	jw_init(struct jw *, struct buf *out);		/* borrows out */
void	jw_object(struct jw *);				/* { */
void	jw_array(struct jw *);				/* [ */
void	jw_end(struct jw *);				/* } or ] */
void	jw_key(struct jw *, const char *);
void	jw_str(struct jw *, const char *);		/* NULL writes null */
void	jw_strn(struct jw *, const char *, size_t);
void	jw_int(struct jw *, int64_t);
void	jw_bool(struct jw *, int);
void	jw_null(struct jw *);
void	jw_hex(struct jw *, const void *, size_t);	/* as a string */
void	jw_raw(struct jw *, const char *, size_t);	/* canonical already */
/* Key and value; the k*_opt forms write nothing for NULL, "" . */
void	jw_kstr(struct jw *, const char *key, const char *value);
void	jw_kstr_opt(struct jw *, const char *key, const char *value);
void	jw_kint(struct jw *, const char *key, int64_t value);
void	jw_kbool(struct jw *, const char *key, int value);

/*
 * The reader makes an array of tokens over text that it borrows.  Token 0 is
 * the whole value.  A token's first child is the next one; `next` skips its
 * subtree.  In an object, keys and values alternate.
 */
enum json_type {
	JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_INT, JSON_STR, JSON_OBJ, JSON_ARR
};

struct json_tok {
	uint32_t	type;
	uint32_t	start, end;	/* in the text, without quotes */
	uint32_t	next;
	uint32_t	n;		/* members or elements */
};

struct json {
	const char	*text;
	struct json_tok	*tok;
	uint32_t	 ntok;
};

#define JSON_NONE	UINT32_MAX	/* no such; every getter takes it */

/* 0, or -1 with errno EINVAL (not canonical) or ENOMEM. */
int	 json_parse(struct json *, const char *, size_t);
void	 json_release(struct json *);

/* The value of a key of an object; JSON_NONE if there is none. */
uint32_t json_get(const struct json *, uint32_t obj, const char *key);
/* First element of an array or first key of an object, or JSON_NONE. */
uint32_t json_first(const struct json *, uint32_t tok);
/* The token behind this one's subtree inside its parent, or JSON_NONE. */
uint32_t json_after(const struct json *, uint32_t parent, uint32_t tok);
/* The integer, or `otherwise` if the token is not one. */
int64_t	 json_int(const struct json *, uint32_t, int64_t otherwise);
int	 json_true(const struct json *, uint32_t);
/* Appends the unescaped text of a string token; 0, or -1 if it is none. */
int	 json_str(const struct json *, uint32_t, struct buf *);
/* 1 if the token is a string that says exactly this. */
int	 json_is(const struct json *, uint32_t, const char *);
/* The canonical text of a token's subtree (strings with their quotes). */
const char *json_span(const struct json *, uint32_t, size_t *len_r);

#endif
