/* SPDX-License-Identifier: ISC */
/* rendition: see rendition.h.  It reads back only what it would write. */
#include "daemon/export/rendition.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/json.h"

static const char *const outcomes[] = {
	[READING_DONE] = "done", [READING_DIED] = "died",
	[READING_TIMEOUT] = "timeout", [READING_TOO_LARGE] = "too-large",
	[READING_NO_MEMORY] = "no-memory", [READING_ITSELF] = "itself",
	[READING_NONE] = "none", [READING_UNSUPPORTED] = "unsupported",
	[READING_ENCRYPTED] = "encrypted", [READING_CORRUPT] = "corrupt",
	[READING_EMPTY] = "empty", [READING_ABSENT] = "absent",
};
#define OUTCOMES (sizeof outcomes / sizeof outcomes[0])

/* ---- out --------------------------------------------------------- */

static void
put_rendered(struct jw *w, const char *key, const struct rendered *r)
{
	if (!r->said)
		return;
	jw_key(w, key);
	jw_object(w);
	if (r->outcome == READING_DONE)
		jw_kint(w, "at", (int64_t)r->at);
	jw_kint(w, "notes", r->notes);
	jw_kstr(w, "outcome", outcomes[r->outcome]);
	jw_kint(w, "pages", r->pages);
	if (r->outcome == READING_DONE)
		jw_kint(w, "size", (int64_t)r->size);
	jw_kstr(w, "type", r->type);
	jw_end(w);
}

void
rendition_put(const struct rendition *r, const uint8_t *sha256,
    struct buf *body)
{
	struct jw w;

	jw_init(&w, body);
	jw_object(&w);
	jw_kstr(&w, "language", r->lang == LANG_ZH ? "zh" : "en");
	jw_kbool(&w, "mail", r->mail);
	jw_kstr(&w, "maker", r->maker);
	jw_key(&w, "members");
	jw_array(&w);
	for (unsigned i = 0; i < r->n; i++) {
		const struct rendition_member *m = &r->member[i];

		jw_object(&w);
		put_rendered(&w, "pages", &m->pages);
		if (m->part != 0)
			jw_kint(&w, "part", m->part);
		put_rendered(&w, "text", &m->text);
		jw_end(&w);
	}
	jw_end(&w);
	jw_kint(&w, "reading", (int64_t)r->reading);
	jw_kstr_opt(&w, "reason", r->reason);
	if (sha256 != NULL) {
		jw_key(&w, "sha256");
		jw_hex(&w, sha256, 32);
		jw_kint(&w, "size", (int64_t)r->size);
	}
	jw_end(&w);
}

/* ---- in ---------------------------------------------------------- */

/* A text of a member into room of that size; 0, or -1: none, or too long. */
static int
take_text(const struct json *j, uint32_t obj, const char *key, char *to,
    size_t size)
{
	struct buf text = BUF_INIT;
	const char *s;
	int rc = -1;

	if (json_str(j, json_get(j, obj, key), &text) == 0 &&
	    (s = buf_str(&text)) != NULL && text.len < size) {
		memcpy(to, s, text.len + 1);
		rc = 0;
	}
	buf_release(&text);
	return rc;
}

/* A number from 0 to most. */
static int
take_number(const struct json *j, uint32_t obj, const char *key,
    uint64_t most, uint64_t *n_r)
{
	int64_t n = json_int(j, json_get(j, obj, key), -1);

	*n_r = (uint64_t)n;
	return n >= 0 && (uint64_t)n <= most ? 0 : -1;
}

static int
take_rendered(const struct json *j, uint32_t obj, uint64_t size,
    struct rendered *r)
{
	uint64_t notes, pages;
	char word[16];
	size_t i = 0;

	if (obj == JSON_NONE)
		return 0;
	if (take_text(j, obj, "outcome", word, sizeof word) == -1 ||
	    take_text(j, obj, "type", r->type, sizeof r->type) == -1 ||
	    take_number(j, obj, "notes", UINT32_MAX, &notes) == -1 ||
	    take_number(j, obj, "pages", UINT32_MAX, &pages) == -1)
		return -1;
	while (i < OUTCOMES && strcmp(outcomes[i], word) != 0)
		i++;
	if (i == OUTCOMES)
		return -1;
	r->outcome = (enum reading_outcome)i;
	r->notes = (uint32_t)notes;
	r->pages = (uint32_t)pages;
	r->said = 1;
	return r->outcome != READING_DONE ? 0 :
	    take_number(j, obj, "at", size, &r->at) == -1 ||
	    take_number(j, obj, "size", size - r->at, &r->size) == -1 ?
	    -1 : 0;
}

static int
take_member(struct rendition *r, const struct json *j, uint32_t obj)
{
	struct rendition_member *m = &r->member[r->n];
	uint32_t part = json_get(j, obj, "part");
	uint64_t number = 0;

	if (r->n == LIMIT_RENDER_MEMBERS || (part != JSON_NONE &&
	    take_number(j, obj, "part", UINT16_MAX, &number) == -1))
		return -1;
	memset(m, 0, sizeof *m);
	m->part = (uint16_t)number;
	if (r->n > 0 && m->part <= m[-1].part)
		return -1;
	r->n++;
	return take_rendered(j, json_get(j, obj, "text"), r->size, &m->text)
	    == -1 || take_rendered(j, json_get(j, obj, "pages"), r->size,
	    &m->pages) == -1 ? -1 : 0;
}

static int
take_all(struct rendition *r, const struct json *j)
{
	uint32_t list = json_get(j, 0, "members"), x;
	char lang[4];

	if (take_text(j, 0, "language", lang, sizeof lang) == -1 ||
	    take_text(j, 0, "maker", r->maker, sizeof r->maker) == -1 ||
	    take_number(j, 0, "reading", INT64_MAX, &r->reading) == -1 ||
	    (json_get(j, 0, "sha256") != JSON_NONE &&
	    take_number(j, 0, "size", LIMIT_RENDER_BYTES, &r->size) == -1) ||
	    list == JSON_NONE || j->tok[list].type != JSON_ARR ||
	    (strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0))
		return -1;
	r->lang = strcmp(lang, "zh") == 0 ? LANG_ZH : LANG_EN;
	r->mail = json_true(j, json_get(j, 0, "mail"));
	for (x = json_first(j, list); x != JSON_NONE;
	    x = json_after(j, list, x))
		if (take_member(r, j, x) == -1)
			return -1;
	return 0;
}

int
rendition_take(struct rendition *r, const char *body, size_t len)
{
	struct json j;
	int rc;

	r->n = 0;
	r->size = r->reading = 0;
	r->reason = NULL;
	r->mail = 0;
	r->maker[0] = '\0';
	r->lang = LANG_EN;
	if (json_parse(&j, body, len) == -1)
		return -1;
	rc = take_all(r, &j);
	json_release(&j);
	if (rc == -1)
		r->n = 0;
	return rc;
}

/* ---- asking it --------------------------------------------------- */

const struct rendition_member *
rendition_find(const struct rendition *r, uint16_t part)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->member[i].part == part)
			return &r->member[i];
	return NULL;
}

int
rendered_holds(const struct rendered *r)
{
	return r->said && r->outcome != READING_DIED &&
	    r->outcome != READING_TIMEOUT && r->outcome != READING_NO_MEMORY;
}
