/* SPDX-License-Identifier: ISC */
/*
 * smtp_own: what smtp.c (input, interface) and smtp_verbs.c (commands) share
 * of a session.  For these two alone.
 */
#ifndef DOSSIER_SMTP_OWN_H
#define DOSSIER_SMTP_OWN_H

#include "proto/wire/smtp.h"

enum stage {
	ST_START = 1, ST_READY = 2, ST_MAIL = 4, ST_RCPT = 8, ST_CHUNKS = 16
};

enum input {
	IN_COMMAND, IN_SKIP, IN_DATA, IN_CHUNK, IN_WAIT, IN_TLS, IN_CLOSED
};

/* Where the bytes of DATA stand; what is named was not given on yet. */
enum eod { EOD_TEXT, EOD_CR, EOD_CRLF, EOD_DOT, EOD_DOTCR };

/* Every line that we say; count: it is one of the sender's errors. */
#define REPLIES(R)							\
	R(GREET, 0, "220 ")						\
	R(TLS, 0, "220 2.0.0 Ready to start TLS")			\
	R(BYE, 0, "221 2.0.0 Bye")					\
	R(OK, 0, "250 2.0.0 Ok")					\
	R(SENDER_OK, 0, "250 2.1.0 Ok")					\
	R(RCPT_OK, 0, "250 2.1.5 Ok")					\
	R(VRFY, 0, "252 2.1.5 Not looked up; send the mail")		\
	R(GO, 0, "354 End data with <CR><LF>.<CR><LF>")			\
	R(NO_USER, 0, "550 5.1.1 No such recipient here")		\
	R(DENIED, 0, "550 5.7.1 Not allowed")				\
	R(LARGE, 0, "552 5.3.4 Message too large")			\
	R(TROUBLE, 0, "451 4.3.0 Trouble on our side; try again later")	\
	R(NO_SPACE, 0, "452 4.3.1 Short of space; try again later")	\
	R(MANY_RCPT, 0, "452 4.5.3 Too many recipients; send the rest again")\
	R(UNKNOWN, 1, "500 5.5.1 Command unknown")			\
	R(SYNTAX, 1, "500 5.5.2 Syntax error")				\
	R(LONG_LINE, 1, "500 5.5.6 Line too long")			\
	R(ARGUMENT, 1, "501 5.5.4 Syntax error in the argument")	\
	R(BAD_SENDER, 1, "501 5.1.7 Bad sender address")		\
	R(BAD_RCPT, 1, "501 5.1.3 Bad recipient address")		\
	R(NOT_DONE, 1, "502 5.5.1 Command not supported")		\
	R(SEQUENCE, 1, "503 5.5.1 Wrong order of commands")		\
	R(NO_RCPT, 1, "503 5.5.1 No valid recipients")			\
	R(NEED_UTF8, 1, "553 5.6.7 Address needs SMTPUTF8")		\
	R(PARAMETER, 1, "555 5.5.4 Parameter not supported")		\
	R(IDLE, 0, "421 4.4.2 Silent for too long; closing")		\
	R(BUSY, 0, "421 4.3.2 Too many sessions; try again later")	\
	R(STOPPING, 0, "421 4.3.2 Stopping; try again later")		\
	R(ERRORS, 0, "421 4.7.0 Too many errors; closing")

enum reply {
#define R(key, count, text) RE_##key,
	REPLIES(R)
#undef R
	RE_COUNT
};

struct smtp_session {
	const struct smtp_config *config;
	const struct smtp_calls	 *calls;
	void			 *arg;
	enum stage		  stage;
	enum input		  input;
	enum eod		  eod;
	enum smtp_answer	  verdict;	/* of the message so far */
	uint64_t		  size;		/* of the message so far */
	uint64_t		  chunk_left;
	int			  chunk_last;
	int			  chunk_refused; /* let go, then this */
	enum reply		  chunk_reply;
	unsigned		  nrcpt;
	unsigned		  replied;
	unsigned		  errors;
	int			  utf8;		/* this mail has SMTPUTF8 */
	int			  plain;	/* HELO, not EHLO */
	int			  secured;	/* within TLS */
	int			  cr;		/* IN_SKIP: last byte was CR */
	struct buf		  line;
	struct buf		  held;
	struct buf		  out;
	char			  helo[256];
};

void	smtp_say(struct smtp_session *, enum reply);
enum reply smtp_answer_reply(enum smtp_answer);
const char *smtp_reply_text(enum reply);
/* Ends the transaction; the owner hears of it if there was one. */
void	smtp_reset(struct smtp_session *);
/* A command line without its CRLF. */
void	smtp_command(struct smtp_session *, const char *, size_t);
/* The bytes of a BDAT are all there. */
void	smtp_chunk_end(struct smtp_session *);
/* The message is whole, or lost: its recipients get or wait for replies. */
void	smtp_finish(struct smtp_session *);

#endif
