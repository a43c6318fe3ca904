/* SPDX-License-Identifier: ISC */
/*
 * numbers: the Bates numbers that builds gave, out of the blobs that
 * bundle.built names (bundle.h has the format).  A line that says less than
 * it must is damage (EIO), not a document without numbers: a number that is
 * given twice cannot be taken back.
 */
#include "store/ask/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "store/ask/bundle_own.h"

#define NUMBERS_BLOB_MAX (64u << 20)	/* of a bundle of 250,000 documents */

uint64_t
bates_number(const char *bates)
{
	size_t n = strlen(bates), digits = 0;
	uint64_t v = 0;

	while (digits < n && digits < 18 && bates[n - digits - 1] >= '0' &&
	    bates[n - digits - 1] <= '9')
		digits++;
	/* A prefix may end in digits of its own. */
	if (digits > BUNDLE_DIGITS)
		digits = BUNDLE_DIGITS;
	for (size_t i = n - digits; i < n; i++)
		v = v * 10 + (uint64_t)(bates[i] - '0');
	return v;
}

/* ---- one line -------------------------------------------------------- */

void
numbered_put(struct buf *out, const struct numbered *v)
{
	char text[ID_TEXT_MAX];
	struct jw w;

	jw_init(&w, out);
	jw_object(&w);
	jw_kstr_opt(&w, "bates_first", v->first);
	jw_kstr_opt(&w, "bates_last", v->last);
	jw_kstr(&w, "document", id_text(&v->document, text));
	jw_kint(&w, "pages", (int64_t)v->pages);
	jw_kstr_opt(&w, "sha256", v->sha256);
	jw_kstr(&w, "treatment", treatment_name(v->treatment));
	jw_end(&w);
	buf_addc(out, '\n');
}

/* A text member into room of that size; absent: "".  -1: too long. */
static int
line_text(const struct json *json, const char *key, char *to, size_t size)
{
	struct buf text = BUF_INIT;
	uint32_t tok = json_get(json, 0, key);
	int ret = 0;

	to[0] = '\0';
	if (tok == JSON_NONE)
		return 0;
	if (json_str(json, tok, &text) == -1 || buf_failed(&text) ||
	    text.len >= size) {
		ret = -1;
	} else {
		memcpy(to, text.data, text.len);
		to[text.len] = '\0';
	}
	buf_release(&text);
	return ret;
}

static int
line_take(const struct json *json, struct numbered *v)
{
	char word[32], id[ID_TEXT_MAX];
	int64_t pages = json_int(json, json_get(json, 0, "pages"), -1);

	if (line_text(json, "bates_first", v->first, sizeof(v->first)) == -1 ||
	    line_text(json, "bates_last", v->last, sizeof(v->last)) == -1 ||
	    line_text(json, "sha256", v->sha256, sizeof(v->sha256)) == -1 ||
	    line_text(json, "treatment", word, sizeof(word)) == -1 ||
	    line_text(json, "document", id, sizeof(id)) == -1 ||
	    id_parse(id, strlen(id), &v->document) == -1 || pages < 0 ||
	    (v->first[0] == '\0') != (v->last[0] == '\0'))
		return -1;
	v->pages = (uint64_t)pages;
	if (strcmp(word, treatment_name(TREAT_WITHHOLD)) == 0)
		v->treatment = TREAT_WITHHOLD;
	else if (strcmp(word, treatment_name(TREAT_PRODUCE)) != 0 ||
	    v->first[0] == '\0')
		return -1;
	return 0;
}

static int
numbers_add(struct numbers *n, const struct numbered *v)
{
	if (n->n == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 64;
		struct numbered *p = reallocarray(n->v, cap, sizeof(*p));

		if (p == NULL)
			return -1;
		n->v = p;
		n->cap = cap;
	}
	n->v[n->n++] = *v;
	return 0;
}

static int
line_read(const char *line, size_t len, struct numbered *v,
    struct numbers *numbers)
{
	struct json json;
	int ret;

	if (json_parse(&json, line, len) == -1) {
		if (errno == EINVAL)
			errno = EIO;
		return -1;
	}
	ret = line_take(&json, v);
	json_release(&json);
	if (ret == -1) {
		errno = EIO;
		return -1;
	}
	return numbers_add(numbers, v);
}

/* ---- a blob ---------------------------------------------------------- */

static int
blob_text(struct room *room, const char *hex, struct buf *text)
{
	uint8_t sha256[LOG_HASH_LEN];
	struct blobr *blob;
	struct loc loc;
	uint64_t size;
	int ret;

	errno = EIO;
	if (strlen(hex) != 2 * sizeof(sha256) ||
	    text_unhex(hex, 2 * sizeof(sha256), sha256) == -1 ||
	    room_must(vblob_get(room->views, &room->snap, sha256, &loc,
	    &size)) == -1)
		return -1;
	if (size > NUMBERS_BLOB_MAX) {
		errno = EFBIG;
		return -1;
	}
	if ((blob = blob_open(room->log, &loc, room->trouble)) == NULL) {
		room->told = 1;
		return -1;
	}
	if ((ret = blobr_read(blob, 0, size, text, room->trouble)) == -1)
		room->told = 1;
	blobr_free(blob);
	if (ret == 0 && buf_failed(text)) {
		errno = ENOMEM;
		ret = -1;
	}
	return ret;
}

int
numbers_read(struct room *room, const struct id *bundle,
    const struct bundle_build *build, struct numbers *numbers)
{
	struct numbered v = { .bundle = *bundle, .build = build->build };
	struct buf text = BUF_INIT;
	const char *p, *end, *lf;
	int ret = -1;

	if (build->numbers[0] == '\0')
		return 0;
	if (blob_text(room, build->numbers, &text) == -1)
		goto out;
	p = (const char *)text.data;
	for (end = p + text.len; p < end; p = lf + 1) {
		struct numbered one = v;

		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL) {
			errno = EIO;	/* cut short */
			goto out;
		}
		if (line_read(p, (size_t)(lf - p), &one, numbers) == -1)
			goto out;
	}
	ret = 0;
out:
	buf_release(&text);
	return ret;
}

int
bundle_numbers(struct store *store, const struct id *id, unsigned build,
    struct numbers *numbers_r, struct trouble *trouble)
{
	struct bundle_build b;
	struct room room;
	int got;

	memset(numbers_r, 0, sizeof(*numbers_r));
	if (id->kind != ID_BUNDLE)
		return 0;
	if (room_begin(&room, store, 0, trouble) == -1)
		return -1;
	got = build_take(&room, id, build, &b);
	if (got == 1 && b.state != BUILD_BUILT)
		got = 0;
	if (got == 1 && numbers_read(&room, id, &b, numbers_r) == -1)
		got = -1;
	if (got == -1) {
		(void)room_fail(&room, "numbers");
		numbers_release(numbers_r);
	}
	room_end(&room);
	return got;
}

void
numbers_release(struct numbers *numbers)
{
	free(numbers->v);
	memset(numbers, 0, sizeof(*numbers));
}

/* Those with numbers first, of them the last build. */
int
numbers_order(const void *pa, const void *pb)
{
	const struct numbered *a = pa, *b = pb;
	uint8_t ka[ID_KEY_LEN], kb[ID_KEY_LEN];
	int by;

	id_key(&a->document, ka);
	id_key(&b->document, kb);
	if ((by = memcmp(ka, kb, sizeof(ka))) != 0)
		return by;
	if ((a->first[0] == '\0') != (b->first[0] == '\0'))
		return a->first[0] == '\0' ? 1 : -1;
	if (a->bundle.number != b->bundle.number)
		return a->bundle.number > b->bundle.number ? -1 : 1;
	return a->build > b->build ? -1 : a->build < b->build;
}
