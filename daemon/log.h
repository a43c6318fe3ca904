/* SPDX-License-Identifier: ISC */
/*
 * log: what the daemon tells its operator: one line an event, as
 *
 *	2026-03-02T10:15:00Z info lmtp.closed session=4 peer=unix mails=12
 *
 * on stderr; under journald without the time and with its priority in front.
 * English only, key=value, for grep.  No names, subjects, addresses of people
 * or file names: numbers of documents, sessions and entries say which.
 *
 * (log_...() is the journal's seam, store/log.h; these are logline_...().)
 */
#ifndef DOSSIER_DAEMON_LOG_H
#define DOSSIER_DAEMON_LOG_H

#include "store/trouble.h"

enum logline_level {
	LOGLINE_ERROR, LOGLINE_WARNING, LOGLINE_INFO, LOGLINE_DEBUG
};

/* Lines above the level are not written; LOGLINE_INFO at first. */
void	logline_level(enum logline_level);
/* event and a format of key=value pairs, "" for none. */
void	logline(enum logline_level, const char *event, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* A trouble in English, quoted: event why="...". */
void	logline_trouble(enum logline_level, const char *event,
	    const struct trouble *);

#endif
