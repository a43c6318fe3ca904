/* SPDX-License-Identifier: ISC */
/*
 * fuzz_json: what the reader of canonical JSON takes, the writer writes back
 * byte for byte.
 */
#include "proto/base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void rewrite(struct jw *, const struct json *, uint32_t);

static void
rewrite_text(struct jw *w, const struct json *j, uint32_t tok, int key)
{
	struct buf b = BUF_INIT;

	if (json_str(j, tok, &b) == -1)
		abort();
	if (key)
		jw_key(w, buf_str(&b));
	else
		jw_strn(w, (const char *)b.data, b.len);
	buf_release(&b);
}

static void
rewrite_members(struct jw *w, const struct json *j, uint32_t tok)
{
	int is_obj = j->tok[tok].type == JSON_OBJ;
	uint32_t at = json_first(j, tok);

	if (is_obj)
		jw_object(w);
	else
		jw_array(w);
	for (; at != JSON_NONE; at = json_after(j, tok, at)) {
		if (is_obj)
			rewrite_text(w, j, at++, 1);
		rewrite(w, j, at);
	}
	jw_end(w);
}

static void
rewrite(struct jw *w, const struct json *j, uint32_t tok)
{
	switch ((enum json_type)j->tok[tok].type) {
	case JSON_NULL:
		jw_null(w);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		jw_bool(w, json_true(j, tok));
		break;
	case JSON_INT:
		jw_int(w, json_int(j, tok, 0));
		break;
	case JSON_STR:
		rewrite_text(w, j, tok, 0);
		break;
	case JSON_OBJ:
	case JSON_ARR:
		rewrite_members(w, j, tok);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct buf out = BUF_INIT;
	struct json j;
	struct jw w;

	/* Keys are C strings for the writer: none with a NUL in it. */
	if (memmem(data, len, "\\u0000", 6) != NULL)
		return 0;
	if (json_parse(&j, text, len) == -1)
		return 0;
	jw_init(&w, &out);
	rewrite(&w, &j, 0);
	if (out.len != len || memcmp(out.data, data, len) != 0)
		abort();
	buf_release(&out);
	json_release(&j);
	return 0;
}
