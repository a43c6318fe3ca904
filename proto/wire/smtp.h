/* SPDX-License-Identifier: ISC */
/*
 * smtp: the server side of LMTP (RFC 2033) and, on the same code, SMTP (RFC
 * 5321), as a machine that takes bytes and gives bytes.
 *
 *	owner: smtp_feed(bytes) ---> callbacks: mail, rcpt, data_*, reset, quit
 *	owner: smtp_reply() x n ---> replies in smtp_out(), for the socket
 *
 * After data_end(SMTP_OK) the session waits: it parses nothing until the
 * owner has given every reply that smtp_due() counts, in order, and called
 * smtp_feed(NULL, 0) to go on.  What arrives meanwhile is held, up to
 * SMTP_HELD bytes.
 *
 * The bytes of a message are those transmitted: dots unstuffed behind CRLF
 * alone, bare CR and LF kept, nothing prepended.  Only CRLF.CRLF ends them.
 */
#ifndef DOSSIER_SMTP_H
#define DOSSIER_SMTP_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/limits.h"

#define SMTP_HELD	65536	/* input held while the owner commits */

enum smtp_mode { SMTP_MODE_LMTP, SMTP_MODE_SMTP };

/* What the owner says to a sender, recipient or message. */
enum smtp_answer {
	SMTP_OK,
	SMTP_NO_SUCH_USER,	/* 550 5.1.1 */
	SMTP_NOT_ALLOWED,	/* 550 5.7.1 */
	SMTP_TOO_LARGE,		/* 552 5.3.4 */
	SMTP_TROUBLE,		/* 451 4.3.0 our own; try again */
	SMTP_NO_SPACE,		/* 452 4.3.1 our own; try again */
	SMTP_ANSWERS
};

/* Why the owner ends a session. */
enum smtp_close {
	SMTP_CLOSE_IDLE,	/* 421 4.4.2 */
	SMTP_CLOSE_BUSY,	/* 421 4.3.2 too many sessions */
	SMTP_CLOSE_STOPPING	/* 421 4.3.2 the daemon stops */
};

/* An address as it stood, without <> and source route; "" is <>. */
struct smtp_path {
	char		 address[LIMIT_SMTP_PATH + 1];
	const char	*domain;	/* behind the last @; NULL if none */
};

struct smtp_mail {
	struct smtp_path from;
	int		 has_size;
	uint64_t	 size;		/* SIZE=, if has_size */
	int		 body8;		/* BODY=8BITMIME */
	int		 utf8;		/* SMTPUTF8 */
	int		 too_large;	/* the sender gets 552: note it */
};

/* All needed but the last.  Within smtp_feed(); must not feed or free. */
struct smtp_calls {
	/* Not SMTP_OK, or too_large: reset() follows. */
	enum smtp_answer (*mail)(void *arg, const struct smtp_mail *);
	/* Accepted ones are numbered from 0 in the order of their SMTP_OK. */
	enum smtp_answer (*rcpt)(void *arg, const struct smtp_path *);
	/* Bytes come next.  Not SMTP_OK: the message is not taken. */
	enum smtp_answer (*data_begin)(void *arg);
	/* Not SMTP_OK: the rest is swallowed, data_end says the same. */
	enum smtp_answer (*data_bytes)(void *arg, const uint8_t *, size_t);
	/*
	 * SMTP_OK: the owner now owes smtp_due() replies.  Otherwise the
	 * session has answered the recipients itself, and the bytes so far
	 * are to be let go.
	 */
	void	(*data_end)(void *arg, enum smtp_answer);
	/*
	 * The transaction is gone: RSET, LHLO, QUIT, smtp_end(), or all its
	 * replies are given.  A message that data_end(SMTP_OK) gave away is
	 * the owner's; only its replies are not wanted any more.
	 */
	void	(*reset)(void *arg);
	void	(*quit)(void *arg);
	/*
	 * A sender (rcpt: a recipient) that the session itself refused for
	 * good: our reply, and what was said, any bytes.
	 */
	void	(*refused)(void *arg, int rcpt, const char *reply,
		    const char *said, size_t len);
};

struct smtp_config {
	enum smtp_mode	 mode;
	const char	*host;		/* our name in greetings */
	uint64_t	 max_size;	/* bytes of one message */
	int		 tls;		/* SMTP: STARTTLS is offered */
};

struct smtp_session;

/* Writes the greeting; borrows config and calls until smtp_free(). */
struct smtp_session *smtp_new(const struct smtp_config *,
	    const struct smtp_calls *, void *arg);
void	 smtp_free(struct smtp_session *);

/*
 * Takes received bytes; gives how many were taken.  Fewer than given only
 * while the session waits and SMTP_HELD is reached: stop reading then.
 * A failed allocation ends the session: smtp_closing().
 */
size_t	 smtp_feed(struct smtp_session *, const void *, size_t);
/* What is to be sent; the owner consumes it (buf_consume, buf_swap). */
struct buf *smtp_out(struct smtp_session *);
/* Replies that the owner owes now, 0 if it is not waiting. */
unsigned smtp_due(const struct smtp_session *);
/*
 * The reply of accepted recipient i (LMTP: each in order; SMTP: one for
 * all).  text, if not NULL, stands in place of the usual words.
 */
void	 smtp_reply(struct smtp_session *, unsigned i, enum smtp_answer,
	    const char *text);
/* Says 421 and closes; nothing is parsed any more. */
void	 smtp_end(struct smtp_session *, enum smtp_close);
/* 1: send what is in smtp_out(), then close. */
int	 smtp_closing(const struct smtp_session *);
/* 1 between an accepted MAIL and the end of its transaction. */
int	 smtp_in_mail(const struct smtp_session *);
/*
 * 1 after STARTTLS was answered: send what is in smtp_out(), begin TLS, then
 * call smtp_secured().  What came behind it in clear was let go (RFC 3207,
 * section 6), and so is all that the session knew (section 4.2).
 */
int	 smtp_wants_tls(const struct smtp_session *);
void	 smtp_secured(struct smtp_session *);
/* What LHLO said, "" before. */
const char *smtp_helo(const struct smtp_session *);
/*
 * "LMTP", "SMTP" after HELO, "ESMTP", "ESMTPS" within TLS (RFC 3848); and
 * "UTF8LMTP", "UTF8SMTP", "UTF8SMTPS" for an SMTPUTF8 mail (RFC 6531).
 */
const char *smtp_protocol(const struct smtp_session *);
/* "552 5.3.4 Message too large": the line of an answer, for refusals. */
const char *smtp_answer_text(enum smtp_answer);

/*
 * Reads a path with its <> at the start of a text, with no NUL in it.  Gives
 * its length, or 0 if there is none; `utf8` allows UTF-8 (RFC 6531), `bare`
 * a local part without domain.
 */
size_t	 smtp_path_read(struct smtp_path *path_r, const char *, size_t,
	    int utf8, int bare);

#endif
