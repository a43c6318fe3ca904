/* SPDX-License-Identifier: ISC */
/*
 * calllog: the list that a telephone system keeps of its calls, as CSV with
 * comma, semicolon or tab:
 *
 *   - Master.csv of Asterisk (cdr_csv): accountcode, src, dst, dcontext, clid,
 *     channel, dstchannel, lastapp, lastdata, start, answer, end, duration,
 *     billsec, disposition, amaflags ..., no header
 *   - any other with a header that names its columns: at, number, direction,
 *     minutes or duration, result; in any order, with others between
 *
 * Times are those of the telephone system; an offset is kept where there is
 * one.  Of Asterisk's two numbers the one of the other side is known by its
 * length: CALLLOG_EXTENSION digits or less are an extension of the office.
 */
#ifndef DOSSIER_CALLLOG_H
#define DOSSIER_CALLLOG_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/wire/lines.h"

#define CALLLOG_LINE_MAX	65536	/* of one call; a longer one is bad */
#define CALLLOG_EXTENSION	5

enum calllog_direction {
	CALLLOG_UNKNOWN, CALLLOG_IN, CALLLOG_OUT, CALLLOG_INTERNAL
};

/* The texts are valid within the callback. */
struct calllog_call {
	uint64_t	line;		/* its number, from 1 */
	int		bad;		/* cannot be read: no more here */
	const char	*at;		/* ...T10:15:00, maybe an offset */
	const char	*number;	/* "": withheld */
	enum calllog_direction direction;
	const char	*result;	/* as the log has it, or "" */
};

enum calllog_form { CALLLOG_NONE, CALLLOG_ASTERISK, CALLLOG_HEADER };

struct calllog {
	int		(*call)(void *arg, const struct calllog_call *);
	void		*arg;
	struct lines	 lines;
	enum calllog_form form;
	char		 comma;
	int		 column[6];	/* of a header; -1: it has none */
	struct buf	 fields;	/* of one line, each with its NUL */
};

void	calllog_init(struct calllog *, int (*call)(void *arg,
	    const struct calllog_call *), void *arg);
void	calllog_release(struct calllog *);
/* 0, or -1: the callback said so, or errno is ENOMEM; EINVAL: no such log. */
int	calllog_feed(struct calllog *, const void *, size_t);
int	calllog_end(struct calllog *);

#endif
