/* SPDX-License-Identifier: ISC */
/*
 * roof: a store with a case of four letters and a bundle of it, and how tests
 * of bundles add to it and ask.  `late` was entered before `early`, `twin` is
 * a copy of it, `mid` came between; `elsewhere` is of another case.
 */
#ifndef DOSSIER_TESTS_ROOF_H
#define DOSSIER_TESTS_ROOF_H

#include "store/ask/bundle.h"
#include "tests/unit/fill.h"

extern struct fill fill;
extern struct trouble trouble;
extern struct id client, kase, other, late, early, twin, mid, elsewhere;
extern struct id bundle;		/* of kase */
extern const struct id none;

/* Before and after each test (cmocka). */
int	roof_begin(void **state);
int	roof_end(void **state);

/* These append an entry and give its number, or that of what it makes. */
uint64_t roof_entry(enum kind, struct names, const char *body);
/* One about a bundle of the case, and about a document or none. */
uint64_t roof_about(enum kind, struct id of, struct id document,
	    const char *body);
uint64_t roof_file(struct id document, struct id under);
uint64_t roof_mark(struct id document, const char *body);
uint64_t roof_decide(struct id of, struct id document, const char *body);
struct id roof_letter(const char *bytes, const char *received);
struct id roof_open(const char *body);

/* A build, asked and done, with these lines as its numbers; "" none. */
void	roof_build(struct id of, unsigned number, const char *lines);
/* Such a line, of two pages; it lives through three further calls. */
const char *roof_line(struct id document, const char *first,
	    const char *last, const char *treatment);

/* The whole plan, `max' steps a call; the caller frees it. */
struct plan *roof_plan(struct id of, uint64_t position, uint64_t decided,
	    unsigned max);
/* All of a plan that can be seen, as text. */
void	roof_rows(const struct plan *, struct buf *);
/* Fails unless the plan reads "D-000002 produce, ...", in any slices. */
void	roof_expect(struct id of, uint64_t position, const char *want);

#endif
