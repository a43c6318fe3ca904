/* SPDX-License-Identifier: ISC */
/*
 * bind: a filing that is stated with its document's arrival, in one batch,
 * carries the arrival's commitment, which only the writer knows: so the tree
 * of the case binds the arrival also where it names no case itself.
 */
#include "store/journal/journal.h"

#include <string.h>

#define MEMBER "commitments"

static void
put_member(struct jw *w, const uint8_t commitment[LOG_HASH_LEN])
{
	jw_key(w, MEMBER);
	jw_array(w);
	jw_hex(w, commitment, LOG_HASH_LEN);
	jw_end(w);
}

/* Members in their order, this one among them. */
static void
put_all(struct jw *w, const struct json *j,
    const uint8_t commitment[LOG_HASH_LEN])
{
	struct buf key = BUF_INIT;
	const char *value;
	size_t len;
	int due = 1;

	jw_object(w);
	for (uint32_t at = json_first(j, 0); at != JSON_NONE;
	    at = json_after(j, 0, at + 1)) {
		buf_clear(&key);
		if (json_str(j, at, &key) == -1 || buf_failed(&key)) {
			w->out->failed = 1;
			break;
		}
		if (due && strcmp(buf_str(&key), MEMBER) > 0) {
			put_member(w, commitment);
			due = 0;
		}
		value = json_span(j, at + 1, &len);
		jw_key(w, buf_str(&key));
		jw_raw(w, value, len);
	}
	if (due)
		put_member(w, commitment);
	jw_end(w);
	buf_release(&key);
}

int
bind_arrival(struct buf *out, const char *body, size_t len,
    const uint8_t commitment[LOG_HASH_LEN])
{
	struct json j;
	struct jw w;

	buf_clear(out);
	if (json_parse(&j, body, len) == -1)
		return -1;
	if (json_get(&j, 0, MEMBER) == JSON_NONE) {
		jw_init(&w, out);
		put_all(&w, &j, commitment);
	} else {
		buf_add(out, body, len);
	}
	json_release(&j);
	return buf_failed(out) ? -1 : 0;
}
