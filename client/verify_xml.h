/* SPDX-License-Identifier: ISC */
/*
 * verify_xml: a stranger's XML in pieces, by libxml2: nothing is fetched, a
 * DOCTYPE is refused unless it only names a DTD that is then not read, no
 * entity is declared, and the library's limits on depth and length hold.
 */
#ifndef DOSSIER_VERIFY_XML_H
#define DOSSIER_VERIFY_XML_H

#include <stddef.h>
#include <stdint.h>

struct xml;

/* 0, or -1: it is not what it must be. */
struct xml_calls {
	/* Pairs of name and value, a NULL behind them; values are decoded. */
	int	(*begin)(void *, const char *name, const char *const attrs[]);
	int	(*text)(void *, const char *, size_t);
	int	(*end)(void *, const char *name);
};

/* Borrows calls and arg.  NULL: no memory. */
struct xml *xml_new(const struct xml_calls *, void *arg);
void	xml_free(struct xml *);
/* 0, or -1: it is broken, also from now on. */
int	xml_bytes(struct xml *, const void *, size_t);
/* The file has ended: 0 if all of it was well-formed, or -1. */
int	xml_end(struct xml *);
/* The value of an attribute, "" if there is none. */
const char *xml_attr(const char *const attrs[], const char *name);
/* What must be loaded before the box. */
void	xml_prepare(void);

#endif
