/* SPDX-License-Identifier: ISC */
/*
 * journal: the text of an Exchange or Office 365 journal report ([MS-XJRNL]),
 * which says who got a message that is attached to it, unaltered.
 *
 *	Sender: a@office.example
 *	On-Behalf-Of: b@office.example
 *	Subject: About the lease
 *	Message-ID: <1@office.example>
 *	To: c@client.example
 *	Bcc: d@office.example, Expanded: everybody@office.example
 *	Recipient: e@office.example, Forwarded: f@office.example
 *
 * Further lines (Label, Mailbox, SentUtc, ReceivedUtc) are told as other.
 */
#ifndef DOSSIER_JOURNAL_H
#define DOSSIER_JOURNAL_H

#include <stddef.h>

enum journal_field {
	JOURNAL_SENDER, JOURNAL_ON_BEHALF_OF, JOURNAL_SUBJECT,
	JOURNAL_MESSAGE_ID, JOURNAL_TO, JOURNAL_CC, JOURNAL_BCC,
	JOURNAL_RECIPIENT,	/* got it, but not by To, Cc or Bcc known */
	JOURNAL_OTHER
};

enum journal_how { JOURNAL_DIRECT, JOURNAL_EXPANDED, JOURNAL_FORWARDED };

/* One line; the texts are within the report's. */
struct journal_line {
	enum journal_field	 field;
	const char		*value;	/* an address without name and <> */
	size_t			 len;
	enum journal_how	 how;	/* of a recipient */
	const char		*via;	/* the list, or who it was sent to */
	size_t			 via_len;
};

/*
 * The next line of a report (UTF-8) from *at on, which moves behind it: 1,
 * or 0 at the end.  Empty lines are passed over, lines are taken as they
 * stand: there is no folding.
 */
int	journal_next(const char *, size_t len, size_t *at,
	    struct journal_line *line_r);
/* "to", "cc", "bcc", "recipient"; NULL for what names no recipient. */
const char *journal_recipient(enum journal_field);

#endif
