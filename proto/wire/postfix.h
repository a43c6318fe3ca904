/* SPDX-License-Identifier: ISC */
/*
 * postfix: the mail log of Postfix, as far as it says what became of mail:
 *
 *	TIME HOST NAME/PROCESS[PID]: QUEUE: to=<ADDRESS>, ..., relay=RELAY,
 *	    ..., dsn=X.Y.Z, status=WORD (REPLY)
 *	TIME HOST NAME/cleanup[PID]: QUEUE: message-id=<ID>
 *
 * Our own replies are known by their words and give entry and receipt.  An
 * address may hold any text, also one that looks like a status: what counts
 * is the last one of a line, which Postfix itself wrote.
 */
#ifndef DOSSIER_POSTFIX_H
#define DOSSIER_POSTFIX_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/base/ids.h"

#define POSTFIX_LINE_MAX 65536	/* a longer line is none of Postfix's */

enum postfix_what { POSTFIX_DELIVERY, POSTFIX_MESSAGE_ID };
enum postfix_status {
	POSTFIX_SENT, POSTFIX_DEFERRED, POSTFIX_BOUNCED, POSTFIX_EXPIRED,
	POSTFIX_OTHER
};

struct postfix_text {
	const char	*p;
	size_t		 n;
};

/* The texts are valid within the callback. */
struct postfix_line {
	enum postfix_what	what;
	struct postfix_text	sender;		/* HOST NAME/PROCESS[PID] */
	struct postfix_text	process;	/* lmtp, smtp, cleanup ... */
	struct postfix_text	queue;
	struct postfix_text	message_id;	/* without <> */
	/* of a delivery */
	struct postfix_text	to, relay, reply;
	enum postfix_status	status;
	int			kept;		/* our own reply: */
	struct id		document;
	uint64_t		entry;
	uint8_t			receipt[8];
};

/* 1 and the line, without its end; 0: it says nothing of this. */
int	postfix_read(const char *, size_t, struct postfix_line *line_r);
/*
 * Finds "kept as D-..., entry N, receipt HEX" in a reply: 1 and its values,
 * 0 none.
 */
int	postfix_receipt(const char *, size_t, struct id *document_r,
	    uint64_t *entry_r, uint8_t receipt_r[8]);

/* Lines out of bytes as they come. */
struct postfix {
	int		(*line)(void *arg, const struct postfix_line *);
	void		*arg;
	struct buf	 held;
	int		 skipping;	/* a line that is too long */
	uint64_t	 lines;		/* seen, of whatever kind */
};

void	postfix_init(struct postfix *,
	    int (*line)(void *arg, const struct postfix_line *), void *arg);
void	postfix_release(struct postfix *);
/* 0, or -1: the callback said so, or errno is ENOMEM. */
int	postfix_feed(struct postfix *, const void *, size_t);
int	postfix_end(struct postfix *);	/* the last line may have no end */

#endif
