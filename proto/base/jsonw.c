/* SPDX-License-Identifier: ISC */
/*
 * jsonw: the writer of canonical JSON (json.h).  It must never write what
 * the reader would refuse; a caller who asks for that is stopped by assert.
 *
 *	state		at its place		behind it
 *	JW_FIRST	'}' ']' value, key	JW_MORE or JW_VALUE
 *	JW_MORE		the same, behind ','	JW_MORE or JW_VALUE
 *	JW_VALUE	the value of a key	JW_MORE
 *	JW_DONE		nothing			(one value at the top)
 */
#include "proto/base/json.h"

#include <assert.h>
#include <string.h>

#include "proto/base/text.h"

enum { JW_FIRST = 0, JW_MORE = 1, JW_VALUE = 2, JW_DONE = 3, JW_IN_OBJ = 8 };

#define KEY_KEPT sizeof ((struct jw *)0)->last[0]

void
jw_init(struct jw *w, struct buf *out)
{
	memset(w, 0, sizeof *w);
	w->out = out;
}

static void
jw_set(struct jw *w, int state)
{
	uint8_t *s = &w->state[w->depth];

	*s = (uint8_t)((*s & JW_IN_OBJ) | state);
}

/* Before a value: the comma, and the state behind it. */
static void
jw_before(struct jw *w)
{
	int state = w->state[w->depth] & 7;

	assert(state != JW_DONE);
	assert(!(w->state[w->depth] & JW_IN_OBJ) || state == JW_VALUE);
	if (state == JW_MORE)
		buf_addc(w->out, ',');
	jw_set(w, w->depth == 0 ? JW_DONE : JW_MORE);
}

static void
jw_open(struct jw *w, char c, int in_obj)
{
	jw_before(w);
	assert(w->depth < JSON_DEPTH_MAX);
	buf_addc(w->out, c);
	w->depth++;
	w->state[w->depth] = (uint8_t)in_obj;
	w->last[w->depth][0] = '\0';
}

void
jw_object(struct jw *w)
{
	jw_open(w, '{', JW_IN_OBJ);
}

void
jw_array(struct jw *w)
{
	jw_open(w, '[', 0);
}

void
jw_end(struct jw *w)
{
	int state = w->state[w->depth];

	assert(w->depth > 0 && (state & 7) != JW_VALUE);
	buf_addc(w->out, state & JW_IN_OBJ ? '}' : ']');
	w->depth--;
}

static void
jw_escape(struct buf *out, uint8_t c)
{
	static const char value[] = "\"\\\b\f\n\r\t", name[] = "\"\\bfnrt";
	const char *at = c ? strchr(value, c) : NULL;

	buf_addc(out, '\\');
	if (at != NULL) {
		buf_addc(out, name[at - value]);
		return;
	}
	buf_adds(out, "u00");
	buf_addhex(out, &c, 1);
}

static int
is_plain(uint8_t c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void
jw_quote(struct buf *out, const char *s, size_t len)
{
	struct buf clean = BUF_INIT;

	if (!text_is_utf8(s, len)) {
		text_clean(&clean, s, len);
		if (buf_failed(&clean))
			out->failed = 1;
		s = (const char *)clean.data;
		len = clean.len;
	}
	buf_addc(out, '"');
	for (size_t i = 0, n; i < len; i += n) {
		for (n = 0; i + n < len && is_plain((uint8_t)s[i + n]); n++)
			continue;
		buf_add(out, s + i, n);
		if (i + n < len)
			jw_escape(out, (uint8_t)s[i + n++]);
	}
	buf_addc(out, '"');
	buf_release(&clean);
}

/* The weight of a byte in the order of UTF-16 code units (see json.c). */
static int
jw_weight(char c)
{
	int v = (uint8_t)c;

	return v == 0xee || v == 0xef ? v + 0x10 : v;
}

/* Only the first bytes of the last key are kept; equal ones may go on. */
static int
jw_in_order(const char *last, const char *key)
{
	size_t i = 0;

	while (last[i] != '\0' && last[i] == key[i])
		i++;
	if (last[i] == '\0')
		return key[i] != '\0' || i + 1 == KEY_KEPT;
	return jw_weight(last[i]) < jw_weight(key[i]);
}

void
jw_key(struct jw *w, const char *key)
{
	int state = w->state[w->depth];
	size_t n = strlen(key);
	char *last = w->last[w->depth];

	assert((state & JW_IN_OBJ) && (state & 7) != JW_VALUE);
	assert((state & 7) == JW_FIRST || jw_in_order(last, key));
	if ((state & 7) == JW_MORE)
		buf_addc(w->out, ',');
	jw_quote(w->out, key, n);
	buf_addc(w->out, ':');
	if (n >= KEY_KEPT)
		n = KEY_KEPT - 1;
	memcpy(last, key, n);
	last[n] = '\0';
	jw_set(w, JW_VALUE);
}

void
jw_strn(struct jw *w, const char *s, size_t len)
{
	jw_before(w);
	jw_quote(w->out, s, len);
}

void
jw_str(struct jw *w, const char *s)
{
	if (s == NULL)
		jw_null(w);
	else
		jw_strn(w, s, strlen(s));
}

void
jw_int(struct jw *w, int64_t v)
{
	assert(v >= -JSON_INT_MAX && v <= JSON_INT_MAX);
	jw_before(w);
	buf_addi(w->out, v);
}

void
jw_bool(struct jw *w, int v)
{
	jw_before(w);
	buf_adds(w->out, v ? "true" : "false");
}

void
jw_null(struct jw *w)
{
	jw_before(w);
	buf_adds(w->out, "null");
}

void
jw_hex(struct jw *w, const void *bytes, size_t n)
{
	jw_before(w);
	buf_addc(w->out, '"');
	buf_addhex(w->out, bytes, n);
	buf_addc(w->out, '"');
}

void
jw_raw(struct jw *w, const char *text, size_t len)
{
	assert(len > 0);
	jw_before(w);
	buf_add(w->out, text, len);
}

void
jw_kstr(struct jw *w, const char *key, const char *value)
{
	jw_key(w, key);
	jw_str(w, value);
}

void
jw_kstr_opt(struct jw *w, const char *key, const char *value)
{
	if (value != NULL && *value != '\0')
		jw_kstr(w, key, value);
}

void
jw_kint(struct jw *w, const char *key, int64_t value)
{
	jw_key(w, key);
	jw_int(w, value);
}

void
jw_kbool(struct jw *w, const char *key, int value)
{
	jw_key(w, key);
	jw_bool(w, value);
}
