/* SPDX-License-Identifier: ISC */
/*
 * verify_result: what the checks found, and the list of files they look in.
 * It must never let a stranger's words drive a terminal.
 */
#include <stdio.h>
#include <string.h>

#include "client/verify_own.h"

/* ---- results ----------------------------------------------------------- */

const char *
verify_number(uint64_t n)
{
	static char ring[8][24];
	static unsigned next;
	char *text = ring[next++ % 8];

	(void)snprintf(text, sizeof ring[0], "%llu", (unsigned long long)n);
	return text;
}

/* What a stranger wrote, so that it cannot drive a terminal. */
static void
tame(struct buf *out, const char *text)
{
	for (size_t i = 0; text != NULL && text[i] != '\0' && i < 300; i++)
		buf_addc(out, text[i] >= ' ' && text[i] < 0x7f ? text[i] :
		    '?');
}

static void
say_result(struct verify *v, enum verify_check check,
    enum verify_state state, enum say_key key, const char *a, const char *b)
{
	struct verify_result *r = &v->result[check];
	struct buf x = BUF_INIT, y = BUF_INIT;

	if (r->state == VERIFY_BROKEN)
		return;
	tame(&x, a);
	tame(&y, b);
	buf_clear(&r->text);
	say(&r->text, v->lang, key, buf_str(&x), buf_str(&y));
	r->state = state;
	buf_release(&x);
	buf_release(&y);
}

void
verify_good(struct verify *v, enum verify_check check, enum say_key key,
    const char *a, const char *b)
{
	say_result(v, check, VERIFY_GOOD, key, a, b);
}

void
verify_half(struct verify *v, enum verify_check check, enum say_key key,
    const char *a, const char *b)
{
	say_result(v, check, VERIFY_HALF, key, a, b);
}

int
verify_broken(struct verify *v, enum verify_check check, enum say_key key,
    const char *a, const char *b)
{
	say_result(v, check, VERIFY_BROKEN, key, a, b);
	return -1;
}

int
verify_is(const struct verify *v, enum verify_check check,
    enum verify_state state)
{
	return v->result[check].state == state;
}

/* ---- files ------------------------------------------------------------- */

/* The first file that does not stand before the text. */
static size_t
place(const struct verify *v, const char *text)
{
	size_t low = 0, high = v->nfiles;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(v->files[middle].path, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct verify_file *
verify_file(const struct verify *v, const char *path)
{
	size_t i = place(v, path);

	return i < v->nfiles && strcmp(v->files[i].path, path) == 0 ?
	    &v->files[i] : NULL;
}

const struct verify_file *
verify_first(const struct verify *v, const char *prefix)
{
	size_t i = place(v, prefix);

	return i < v->nfiles && strncmp(v->files[i].path, prefix,
	    strlen(prefix)) == 0 ? &v->files[i] : v->files + v->nfiles;
}
