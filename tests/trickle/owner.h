/* SPDX-License-Identifier: ISC */
/*
 * owner: the owner of an SMTP or LMTP session, who writes down what it hears
 * and answers each message as soon as it is whole; and what a sender says.
 */
#ifndef DOSSIER_TESTS_OWNER_H
#define DOSSIER_TESTS_OWNER_H

#include "proto/wire/smtp.h"

struct owner {
	struct buf		 heard;		/* a line an event */
	struct buf		 data;		/* of the mail being sent */
	struct buf		 refused;	/* reply, what was said */
	struct smtp_session	*session;
};

/* A mail of at most 100 bytes; the last offers TLS. */
extern const struct smtp_config lmtp, smtp, tls;
extern const struct smtp_calls owner_calls;

/* Begins a session and says all of it, in two pieces or so. */
enum { WHOLE = -1, BYTES = -2 };	/* or where it is cut */
void	owner_talk(struct owner *, const struct smtp_config *,
	    const char *said, size_t len, int cut);
/* Says more, which must be taken, and gives the replies that are owed. */
void	owner_hears(struct owner *, const char *, size_t);
void	owner_end(struct owner *);

#define HI "LHLO c\r\n"
#define HI_SAYS "250-h\r\n250-SIZE 100\r\n250-PIPELINING\r\n250-8BITMIME\r\n" \
	"250-SMTPUTF8\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES\r\n"
#define FROM "MAIL FROM:<a@b.c>\r\n"
#define FROM_OK "250 2.1.0 Ok\r\n"
#define TO "RCPT TO:<d@e.f>\r\n"
#define TO_OK "250 2.1.5 Ok\r\n"
#define GO "354 End data with <CR><LF>.<CR><LF>\r\n"
#define KEPT "250 2.0.0 kept\r\n"
#define HEARD "mail a@b.c at b.c\nrcpt d@e.f\n"
#define SEQ "503 5.5.1 Wrong order of commands\r\n"
#define ARG "501 5.5.4 Syntax error in the argument\r\n"
#define LARGE "552 5.3.4 Message too large\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#endif
