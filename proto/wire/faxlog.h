/* SPDX-License-Identifier: ISC */
/*
 * faxlog: a line of etc/xferfaxlog, HylaFAX's list of its calls
 * (xferfaxlog(5)): fields between tabs, texts in quotes,
 *
 *	0 date MM/DD/YY HH:MM	5 jobtag	10 pages
 *	1 SEND RECV CALL ...	6 sender	11 jobtime
 *	2 commid		7 number	12 conntime
 *	3 modem			8 CSI or TSI	13 reason
 *	4 jobid, or the file	9 params	14, 15 caller's number, name
 *
 * The date is the server's own, without an offset.
 */
#ifndef DOSSIER_FAXLOG_H
#define DOSSIER_FAXLOG_H

#include <stddef.h>

#define FAXLOG_LINE_MAX	16384	/* a longer line is none of HylaFAX's */

enum faxlog_what {
	FAXLOG_SENT,		/* SEND, UNSENT */
	FAXLOG_RECEIVED,	/* RECV, POLL */
	FAXLOG_CALL,		/* CALL: the call of a RECV, or of nothing */
	FAXLOG_OTHER		/* no fax: PAGE and what else there may be */
};

struct faxlog_text {
	const char	*p;
	size_t		 n;
};

/* The texts are within the line. */
struct faxlog_line {
	enum faxlog_what	what;
	struct faxlog_text	type, commid, modem, reason;
	struct faxlog_text	job;		/* of SENT */
	struct faxlog_text	file;		/* of RECEIVED */
	/* of the other side: as dialled, or caller's number, else its TSI */
	struct faxlog_text	number;
	unsigned long		pages;
	char			at[17];		/* 2026-03-02T10:15 */
};

/* 1; 0: it is no line of such a log. */
int	faxlog_read(const char *, size_t, struct faxlog_line *line_r);

#endif
