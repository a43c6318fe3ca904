/* SPDX-License-Identifier: ISC */
/*
 * report: a journal report of Exchange or Office 365 ([MS-XJRNL]) around a
 * message.  The report is the document; the facts are those of the message
 * in it, and who got it is what the report says.
 */
#ifndef DOSSIER_REPORT_H
#define DOSSIER_REPORT_H

#include <gmime/gmime.h>

#include "daemon/reader/facts.h"

struct report {
	GMimeHeaderList		*head;	/* of the report itself */
	GMimeObject		*text;	/* the part with its lines, or NULL */
	GMimeMessagePart	*inner;	/* the message, or NULL */
	int			 part;	/* its index among the parts; -1 */
	struct buf		 lines;	/* the text in UTF-8 */
};

/*
 * 1 if the root is a report, or a bounce that brings one back; it borrows
 * from the root.  report_release() in any case.
 */
int	report_find(struct report *report_r, GMimeObject *root,
	    GMimeHeaderList *head);
void	report_release(struct report *);
/* The header, and the body, of the message that the facts are of. */
GMimeHeaderList *report_head(const struct report *);
GMimeObject *report_body(const struct report *);
/*
 * Writes FACT_JOURNAL when all parts were walked and the header is read.
 * What the message itself lacks the report may say: sender, subject, id.
 */
void	report_write(const struct report *, struct facts *);

#endif
