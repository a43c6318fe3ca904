/* SPDX-License-Identifier: ISC */
/*
 * say: every sentence for people, a key with two texts.
 *
 * The catalogue is proto/base/say/NAME.def, one file an area, lines of
 *	SAY(KEY, "English with {0} and {1}", "Chinese with {0} and {1}")
 * The compiler refuses a missing text; the tests hold the placeholders of
 * both texts against each other.
 */
#ifndef DOSSIER_SAY_H
#define DOSSIER_SAY_H

#include <stddef.h>

#include "proto/base/buf.h"

enum lang { LANG_EN, LANG_ZH };

enum say_key {
#define SAY(key, en, zh) SAY_##key,
#include "proto/base/say/all.def"
#undef SAY
	SAY_COUNT
};

/* The bare text of a key, with its placeholders. */
const char *say_text(enum lang, enum say_key);
/* The name of the key, such as "TRIAGE_EMPTY". */
const char *say_name(enum say_key);
/* Appends the text with args[i] in place of {i}; NULL stands for "". */
void	say_to(struct buf *, enum lang, enum say_key, const char *const args[],
	    size_t nargs);

/* say(out, lang, SAY_X, "a", "b") */
#define say(out, lang, key, ...) say_to((out), (lang), (key),		\
	(const char *const[]){ __VA_ARGS__ },				\
	sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* "zh", "zh_CN.UTF-8", "zh-Hans" are Chinese; anything else is English. */
enum lang lang_of(const char *locale);
const char *lang_tag(enum lang);	/* "en", "zh-Hans" */

#endif
