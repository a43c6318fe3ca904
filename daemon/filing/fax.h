/* SPDX-License-Identifier: ISC */
/*
 * fax: mails in which a gateway brings a fax.  The configuration names its
 * address and what its subjects look like; the number, the name and the
 * pages stand where the pattern says.
 *
 * Capture knows nothing of it: the mail is kept as it came, and becomes part
 * of the fax lane by entries of the filer that say so.
 */
#ifndef DOSSIER_FAX_H
#define DOSSIER_FAX_H

#include "daemon/filing/facts.h"
#include "daemon/filing/rules.h"

/* fax "NAME" { ... } */
struct fax_gateway {
	char	 name[64];
	char	*from[RULE_PATTERNS + 1];	/* owned; * and ? */
	char	*subject[RULE_PATTERNS + 1];	/* owned; * ? {number} ... */
	int	 out;				/* it reports what we sent */
};

/* What a subject said, "" for what it did not. */
struct fax_call {
	const struct fax_gateway *gateway;
	char	number[64], name[128], pages[8], result[64];
};

void	fax_release(struct fax_gateway *);
/*
 * 1 if the subject is as the pattern says, in any case of letters: * any
 * text, ? one byte, {number} a telephone number, {pages} digits, {name} and
 * {result} any text.
 */
int	fax_subject(const char *pattern, const char *subject,
	    struct fax_call *call_r);
/* NULL if the pattern can be used, else what is wrong in it. */
const char *fax_pattern_bad(const char *pattern);
/*
 * 1 if a gateway sent this mail.  Then the facts speak of the fax: its
 * channel, the number and name as evidence, the gateway's address as none.
 * 0 if not, -1 without memory.
 */
int	fax_take(const struct fax_gateway *, unsigned n, struct facts *,
	    struct fax_call *call_r);

#endif
