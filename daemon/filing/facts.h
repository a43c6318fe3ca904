/* SPDX-License-Identifier: ISC */
/*
 * facts: what filing looks at of one document, taken out of the JSON of
 * known_document(): {"at", "reading", "received"}.
 */
#ifndef DOSSIER_FACTS_H
#define DOSSIER_FACTS_H

#include <stddef.h>

#include "daemon/filing/office.h"
#include "proto/base/json.h"

#define FACTS_LIST 256		/* more addresses than that are no evidence */

struct texts {
	char	*v[FACTS_LIST];
	size_t	 n;
};

struct facts {
	char		*channel, *source, *filename, *title;
	char		*subject;	/* decoded; "" if none */
	char		*base;		/* subject folded, without Re: ... */
	char		*body;		/* text without quoted lines */
	char		*stated;	/* direction by a person, or "" */
	char		*bounce;	/* id of the message reported, or "" */
	struct texts	 from;		/* addresses; the first: one with @ */
	struct texts	 to;		/* to, cc, recipients of envelopes */
	struct texts	 thread;	/* message ids that it answers */
	struct texts	 numbers;	/* as written */
	struct texts	 names;
	int		 machine;	/* list, auto-reply, bounce */
	int		 journal;	/* a report: envelope of another */
};

/* 0, or -1 with errno EINVAL or ENOMEM; then facts_release() either way. */
int	facts_take(struct facts *facts_r, const char *text, size_t len);
void	facts_release(struct facts *);

/*
 * in, out, internal, between or unknown, and in words of the entry how that
 * was found: stated, note, office-addresses, no-office-addresses, channel.
 */
const char *facts_direction(const struct facts *, const struct office *,
	    const char **how_r);

#endif
