/* SPDX-License-Identifier: ISC */
/*
 * words: what people read in place of the words of the API: states, marks,
 * channels ..., and the names of members.  Only a terminal shows them; pipes
 * and --json keep the API's, which scripts rely on.
 */
#ifndef DOSSIER_WORDS_H
#define DOSSIER_WORDS_H

#include "proto/base/say.h"

/*
 * The text of a member, a word or several with ", " between, in that
 * language; what has no other word stays.  Takes the text; the caller frees
 * what comes back, NULL without memory.
 */
char	*words_text(enum lang, const char *member, char *text);
/* The name of a member. */
const char *words_member(enum lang, const char *member);

#endif
