/* SPDX-License-Identifier: ISC */
/*
 * kept: a story told to a store of its own, which must answer at each of its
 * positions, for ever, as it did when that was the last one.
 */
#ifndef DOSSIER_TESTS_KEPT_H
#define DOSSIER_TESTS_KEPT_H

#include "tests/unit/fill.h"

extern struct fill fill;

void	kept_begin(void);
void	kept_end(void);

/* fill_entry() and fill_document(); what the views say then is kept. */
uint64_t kept_entry(enum kind, struct names, const char *body);
struct id kept_receive(const char *bytes, const char *front,
	    const char *back);

/* Tests (cmocka) of a whole story, over 50 entries long. */
void	kept_at_every_position(void **state);
void	kept_without_views(void **state);	/* the views thrown away */
void	kept_by_a_rebuild(void **state);

#endif
