/* SPDX-License-Identifier: ISC */
/*
 * say: every sentence for people, a key with two texts.  A text is printed
 * as it stands; only {0} to {9} are replaced, and a replaced value is never
 * looked at again, so no value can smuggle in another.
 */
#include "proto/base/say.h"

#include <string.h>

static const struct {
	const char	*name;
	const char	*text[2];
} say_table[] = {
#define SAY(key, en, zh) { #key, { en, zh } },
#include "proto/base/say/all.def"
#undef SAY
};

const char *
say_text(enum lang lang, enum say_key key)
{
	return say_table[key].text[lang == LANG_ZH];
}

const char *
say_name(enum say_key key)
{
	return say_table[key].name;
}

/* The number of the placeholder that begins here, or -1. */
static int
say_place(const char *p)
{
	if (p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}')
		return p[1] - '0';
	return -1;
}

void
say_to(struct buf *out, enum lang lang, enum say_key key,
    const char *const args[], size_t nargs)
{
	const char *p = say_text(lang, key);

	while (*p != '\0') {
		size_t n = 1 + strcspn(p + 1, "{");
		int place = say_place(p);

		if (place == -1) {
			buf_add(out, p, n);
			p += n;
			continue;
		}
		if ((size_t)place < nargs && args[place] != NULL)
			buf_adds(out, args[place]);
		p += 3;
	}
}

enum lang
lang_of(const char *locale)
{
	if (locale == NULL || strncmp(locale, "zh", 2) != 0)
		return LANG_EN;
	if (locale[2] != '\0' && strchr("_-.@", locale[2]) == NULL)
		return LANG_EN;
	return LANG_ZH;
}

const char *
lang_tag(enum lang lang)
{
	return lang == LANG_ZH ? "zh-Hans" : "en";
}
