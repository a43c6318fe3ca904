/* SPDX-License-Identifier: ISC */
/*
 * json: the reader of canonical JSON; the writer is jsonw.c.  The reader
 * must refuse every spelling but the canonical one: what it accepts, the
 * writer would write back byte for byte.
 */
#include "proto/base/json.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

struct parser {
	const char	*text;
	uint32_t	 pos, len;
	struct json_tok	*tok;
	uint32_t	 ntok, cap;
	unsigned	 depth;
	int		 error;
};

static int parse_value(struct parser *);

static int
parse_fail(struct parser *p, int error)
{
	p->error = error;
	return -1;
}

static uint32_t
parse_open(struct parser *p, enum json_type type, uint32_t start)
{
	if (p->ntok == p->cap) {
		uint32_t cap = p->cap ? p->cap * 2 : 64;
		struct json_tok *tok;

		tok = reallocarray(p->tok, cap, sizeof *tok);
		if (tok == NULL) {
			(void)parse_fail(p, ENOMEM);
			return JSON_NONE;
		}
		p->tok = tok;
		p->cap = cap;
	}
	p->tok[p->ntok] = (struct json_tok){ .type = type, .start = start };
	return p->ntok++;
}

static void
parse_close(struct parser *p, uint32_t tok, uint32_t end)
{
	p->tok[tok].end = end;
	p->tok[tok].next = p->ntok;
}

static int
peek(const struct parser *p)
{
	return p->pos < p->len ? (uint8_t)p->text[p->pos] : -1;
}

static int
take(struct parser *p, char c)
{
	if (peek(p) != (uint8_t)c)
		return 0;
	p->pos++;
	return 1;
}

static int
parse_word(struct parser *p, enum json_type type, const char *word)
{
	size_t n = strlen(word);
	uint32_t tok;

	if (p->len - p->pos < n || memcmp(p->text + p->pos, word, n) != 0)
		return parse_fail(p, EINVAL);
	if ((tok = parse_open(p, type, p->pos)) == JSON_NONE)
		return -1;
	p->pos += (uint32_t)n;
	parse_close(p, tok, p->pos);
	return 0;
}

static int
parse_int(struct parser *p)
{
	uint32_t start = p->pos, tok, first;
	int64_t v = 0;
	int c;

	(void)take(p, '-');
	first = p->pos;
	for (; (c = peek(p)) >= '0' && c <= '9'; p->pos++) {
		v = v * 10 + (c - '0');
		if (v > JSON_INT_MAX)
			return parse_fail(p, EINVAL);
	}
	if (p->pos == first || (p->text[first] == '0' && p->pos > first + 1) ||
	    (v == 0 && first > start))
		return parse_fail(p, EINVAL);
	if ((tok = parse_open(p, JSON_INT, start)) == JSON_NONE)
		return -1;
	parse_close(p, tok, p->pos);
	return 0;
}

/*
 * What a canonical escape stands for; n_r is its length with the backslash.
 * -1 for every escape that is not the shortest spelling (RFC 8785, 3.2.2.2).
 */
static int
unescape(const char *s, size_t len, size_t *n_r)
{
	static const char plain[] = "\"\\bfnrt", value[] = "\"\\\b\f\n\r\t";
	const char *at;
	uint8_t v;

	if (len < 2 || s[1] == '\0')
		return -1;
	if ((at = strchr(plain, s[1])) != NULL) {
		*n_r = 2;
		return value[at - plain];
	}
	if (len < 6 || memcmp(s, "\\u00", 4) != 0 ||
	    text_unhex(s + 4, 2, &v) == -1)
		return -1;
	if (v >= 0x20 || memchr(value + 2, v, 5) != NULL ||
	    (s[5] >= 'A' && s[5] <= 'F'))
		return -1;
	*n_r = 6;
	return v;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HAS_BELOW(eight, byte) \
	(((eight) - EACH(byte)) & ~(eight) & EACH(0x80))

/* To the first byte that does not stand for itself, or close to the end. */
static void
skip_plain(struct parser *p)
{
	uint64_t v;

	while (p->len - p->pos >= sizeof v) {
		memcpy(&v, p->text + p->pos, sizeof v);
		v = le64toh(v);
		v = HAS_BELOW(v, 0x20) | HAS_BELOW(v ^ EACH('"'), 1) |
		    HAS_BELOW(v ^ EACH('\\'), 1);
		if (v != 0) {
			/* Marks above the lowest one may be wrong. */
			p->pos += (uint32_t)__builtin_ctzll(v) / 8;
			return;
		}
		p->pos += sizeof v;
	}
}

static int
parse_string(struct parser *p)
{
	uint32_t start = ++p->pos, tok;
	size_t n;
	int c;

	skip_plain(p);
	for (; (c = peek(p)) != '"'; p->pos += (uint32_t)n) {
		n = 1;
		if (c < 0x20)		/* also the end of the text */
			return parse_fail(p, EINVAL);
		if (c == '\\' && unescape(p->text + p->pos, p->len - p->pos,
		    &n) == -1)
			return parse_fail(p, EINVAL);
	}
	if ((tok = parse_open(p, JSON_STR, start)) == JSON_NONE)
		return -1;
	parse_close(p, tok, p->pos++);
	return 0;
}

/* The next byte of a string's value; -1 at its end. */
static int
next_byte(const char **s, const char *end)
{
	size_t n = 1;
	int c;

	if (*s == end)
		return -1;
	c = (uint8_t)**s;
	if (c == '\\')
		c = unescape(*s, (size_t)(end - *s), &n);
	*s += n;
	return c;
}

/*
 * Order of UTF-16 code units: that of UTF-8 bytes, but characters past
 * U+FFFF (surrogates, F0 ...) come before U+E000 to U+FFFF (EE, EF).
 */
static int
key_weight(int c)
{
	return c == 0xee || c == 0xef ? c + 0x10 : c;
}

static int
key_compare(const struct parser *p, uint32_t a, uint32_t b)
{
	const char *s = p->text + p->tok[a].start, *t;
	const char *s_end = p->text + p->tok[a].end;
	const char *t_end = p->text + p->tok[b].end;
	int x, y;

	t = p->text + p->tok[b].start;
	do {
		x = next_byte(&s, s_end);
		y = next_byte(&t, t_end);
	} while (x == y && x != -1);
	return key_weight(x) - key_weight(y);
}

static int
parse_member(struct parser *p, uint32_t *last)
{
	uint32_t key = p->ntok;

	if (peek(p) != '"')
		return parse_fail(p, EINVAL);
	if (parse_string(p) == -1)
		return -1;
	if (*last != JSON_NONE && key_compare(p, *last, key) >= 0)
		return parse_fail(p, EINVAL);
	*last = key;
	if (!take(p, ':'))
		return parse_fail(p, EINVAL);
	return parse_value(p);
}

static int
parse_container(struct parser *p, enum json_type type)
{
	char end = type == JSON_OBJ ? '}' : ']';
	uint32_t tok, n = 0, last = JSON_NONE;

	if (++p->depth > JSON_DEPTH_MAX)
		return parse_fail(p, EINVAL);
	if ((tok = parse_open(p, type, p->pos++)) == JSON_NONE)
		return -1;
	if (peek(p) != end) {
		do {
			int rc = type == JSON_OBJ ? parse_member(p, &last) :
			    parse_value(p);

			if (rc == -1)
				return -1;
			n++;
		} while (take(p, ','));
	}
	if (!take(p, end))
		return parse_fail(p, EINVAL);
	p->tok[tok].n = n;
	parse_close(p, tok, p->pos);
	p->depth--;
	return 0;
}

static int
parse_value(struct parser *p)
{
	switch (peek(p)) {
	case '{':
		return parse_container(p, JSON_OBJ);
	case '[':
		return parse_container(p, JSON_ARR);
	case '"':
		return parse_string(p);
	case 't':
		return parse_word(p, JSON_TRUE, "true");
	case 'f':
		return parse_word(p, JSON_FALSE, "false");
	case 'n':
		return parse_word(p, JSON_NULL, "null");
	default:
		return parse_int(p);
	}
}

int
json_parse(struct json *j, const char *text, size_t len)
{
	struct parser p = { .text = text, .len = (uint32_t)len };

	memset(j, 0, sizeof *j);
	if (len >= JSON_NONE || !text_is_utf8(text, len) ||
	    parse_value(&p) == -1 || p.pos != p.len) {
		free(p.tok);
		errno = p.error ? p.error : EINVAL;
		return -1;
	}
	j->text = text;
	j->tok = p.tok;
	j->ntok = p.ntok;
	return 0;
}

void
json_release(struct json *j)
{
	free(j->tok);
	memset(j, 0, sizeof *j);
}

static const struct json_tok *
json_tok(const struct json *j, uint32_t tok)
{
	return tok < j->ntok ? &j->tok[tok] : NULL;
}

uint32_t
json_get(const struct json *j, uint32_t obj, const char *key)
{
	const struct json_tok *o = json_tok(j, obj);
	uint32_t at = obj + 1;

	if (o == NULL || o->type != JSON_OBJ)
		return JSON_NONE;
	for (uint32_t i = 0; i < o->n; i++) {
		if (json_is(j, at, key))
			return at + 1;
		at = j->tok[at + 1].next;
	}
	return JSON_NONE;
}

uint32_t
json_first(const struct json *j, uint32_t tok)
{
	const struct json_tok *t = json_tok(j, tok);

	return t != NULL && t->n > 0 ? tok + 1 : JSON_NONE;
}

uint32_t
json_after(const struct json *j, uint32_t parent, uint32_t tok)
{
	const struct json_tok *p = json_tok(j, parent), *t = json_tok(j, tok);

	if (p == NULL || t == NULL || t->next >= p->next)
		return JSON_NONE;
	return t->next;
}

int64_t
json_int(const struct json *j, uint32_t tok, int64_t otherwise)
{
	const struct json_tok *t = json_tok(j, tok);
	const char *p, *end;
	int64_t v = 0;

	if (t == NULL || t->type != JSON_INT)
		return otherwise;
	p = j->text + t->start;
	end = j->text + t->end;
	for (p += *p == '-'; p < end; p++)
		v = v * 10 + (*p - '0');
	return j->text[t->start] == '-' ? -v : v;
}

int
json_true(const struct json *j, uint32_t tok)
{
	const struct json_tok *t = json_tok(j, tok);

	return t != NULL && t->type == JSON_TRUE;
}

int
json_str(const struct json *j, uint32_t tok, struct buf *out)
{
	const struct json_tok *t = json_tok(j, tok);
	const char *p, *end;

	if (t == NULL || t->type != JSON_STR)
		return -1;
	p = j->text + t->start;
	end = j->text + t->end;
	while (p < end) {
		const char *stop = memchr(p, '\\', (size_t)(end - p));

		if (stop == NULL)
			stop = end;
		buf_add(out, p, (size_t)(stop - p));
		p = stop;
		if (p < end)
			buf_addc(out, next_byte(&p, end));
	}
	return 0;
}

int
json_is(const struct json *j, uint32_t tok, const char *want)
{
	const struct json_tok *t = json_tok(j, tok);
	const char *p, *end;
	int c;

	if (t == NULL || t->type != JSON_STR)
		return 0;
	p = j->text + t->start;
	end = j->text + t->end;
	while ((c = next_byte(&p, end)) > 0 && c == (uint8_t)*want)
		want++;
	return c == -1 && *want == '\0';
}

const char *
json_span(const struct json *j, uint32_t tok, size_t *len_r)
{
	const struct json_tok *t = json_tok(j, tok);
	uint32_t quote;

	*len_r = 0;
	if (t == NULL)
		return NULL;
	quote = t->type == JSON_STR;
	*len_r = t->end - t->start + 2 * quote;
	return j->text + t->start - quote;
}
