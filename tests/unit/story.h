/* SPDX-License-Identifier: ISC */
/*
 * story: a store that holds a made-up client, and how tests ask it.  The
 * client's first case has a mail that came twice and once more as a copy, a
 * letter with a corrected date, and a call; her second one the call too; a
 * fax is filed under her alone.  One document waits, one was set aside and
 * restored, one is new.  Her address changed, the other side's party ended,
 * and another client turned out to be her.
 */
#ifndef DOSSIER_TESTS_STORY_H
#define DOSSIER_TESTS_STORY_H

#include "store/ask/ask.h"
#include "tests/unit/fill.h"

extern struct fill fill;
extern struct id c1, c2, k1, k2, k3, p1, p2, s1;
extern struct id mail, copy, letter, call, fax, waits, junk, filler;
extern uint64_t party, address;		/* their entries */
extern uint64_t last_step;

/* `each` (NULL: nothing) is called behind every entry. */
void	story_begin(void (*each)(uint64_t seq));
void	story_end(void);

void	story_told(const struct trouble *);	/* fails the test */
struct ask_query story_query(enum ask_what, const struct id *of,
	    uint64_t position);
/* All rows of a list as an array, or of a timeline, max a call. */
unsigned story_rows(const struct ask_query *, unsigned max, struct buf *);
unsigned story_timeline(const struct ask_query *, unsigned max, struct buf *);
/* ask_one(): the row or "none", and a line end. */
void	story_one(const struct id *, uint64_t position, struct buf *);

#endif
