/* SPDX-License-Identifier: ISC */
/*
 * facts: what has been found out about one document so far, and its doubts;
 * written as the canonical JSON of proto/wire/reading.h.
 */
#ifndef DOSSIER_FACTS_H
#define DOSSIER_FACTS_H

#include <stddef.h>

#include "proto/base/buf.h"
#include "proto/base/json.h"

/* In the order of their names, which is the order of the JSON. */
enum fact {
	FACT_AUTO_SUBMITTED, FACT_BCC, FACT_BODY, FACT_BOUNCE, FACT_CC,
	FACT_DATE, FACT_DATE_RAW, FACT_DKIM, FACT_DOUBTS, FACT_ENVELOPE_TO,
	FACT_FROM,
	FACT_IN_REPLY_TO, FACT_JOURNAL, FACT_LIST_ID, FACT_MESSAGE_ID,
	FACT_PARTS, FACT_PRECEDENCE, FACT_RECEIVED, FACT_REFERENCES,
	FACT_REPLY_TO, FACT_SUBJECT, FACT_TO, FACT_TYPE, FACT_COUNT
};

#define FACTS_TEXT_MAX	8192	/* bytes of one text; longer: "truncated" */

struct facts {
	struct buf	value[FACT_COUNT];	/* JSON; empty: not known */
	struct buf	doubts;			/* one a line, none twice */
	unsigned	ndoubts;
	unsigned	naddresses;		/* of all headers together */
	const char	*fallback;		/* charset of 8-bit headers */
};

void	facts_init(struct facts *);
void	facts_release(struct facts *);
/* Cleans, trims and keeps a text; an empty one is not known. */
void	facts_text(struct facts *, enum fact, const char *, size_t);
/* "name" or "name:arg"; repeated ones count once. */
void	facts_doubt(struct facts *, const char *name, const char *arg);
/*
 * A text fit for JSON: UTF-8, folding and controls as blanks, trimmed, cut
 * at max bytes (then "truncated" is in doubt).
 */
void	facts_clean(struct facts *, struct buf *out, const char *, size_t len,
	    size_t max);
/* 0, or -1 if memory ran out on the way. */
int	facts_write(struct facts *, struct buf *out);

#endif
