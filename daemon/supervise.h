/* SPDX-License-Identifier: ISC */
/*
 * supervise: the reader program, kept running and given documents.
 *
 * Used from the thread of the event loop only.  A reader that dies is started
 * again, after a pause that grows; what it had been given is tried once more,
 * and then has failed.  Nothing that a reader does ends the daemon.
 */
#ifndef DOSSIER_SUPERVISE_H
#define DOSSIER_SUPERVISE_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/buf.h"
#include "proto/wire/reading.h"

#define SUPERVISE_AT_ONCE	4	/* documents that the reader has */

struct supervise;

struct supervise_result {
	enum reading_outcome	 outcome;
	uint32_t		 detail;	/* as in reading_verdict */
	/*
	 * READING_DONE: a reading that reading_check() has passed, borrowed
	 * until the callback returns.  A reader that lies gives READING_DIED
	 * with detail 0 and the member that was wrong.
	 */
	const char		*text;
	size_t			 len;
	const char		*wrong;
	/*
	 * Of _part() and _vouch() that is READING_DONE: a sealed memfd with
	 * `size' bytes, borrowed until the callback returns; else -1.
	 */
	int			 fd;
	uint64_t		 size;
};

/* May call supervise_read() and supervise_busy(), never supervise_free(). */
typedef void supervise_fn(void *arg, const struct supervise_result *);

/*
 * Starts the program at the path (kept).  NULL with errno if memory or
 * descriptors ran out; a program that does not start is tried again.
 */
struct supervise *supervise_new(struct event_base *, const char *path);
/* Ends the reader.  Callbacks that are due are never called. */
void	supervise_free(struct supervise *);

/*
 * Has the document read: a file at offset 0, of which the descriptor is
 * taken (closed in any case).  If it can be written to, it must be a memfd
 * with MFD_ALLOW_SEALING, which is then sealed.  0, or -1 with errno: EAGAIN
 * when busy, EINVAL for such a descriptor.  The callback comes from the loop,
 * never from within.
 */
int	supervise_read(struct supervise *, int docfd, uint64_t size,
	    enum reading_hint, supervise_fn *, void *arg);
/*
 * The same for the decoded bytes of the part with that index in `parts';
 * READING_ABSENT if there is none.  Their hash is for the caller to check.
 */
int	supervise_part(struct supervise *, int docfd, uint64_t size,
	    enum reading_hint, uint32_t part, supervise_fn *, void *arg);
/*
 * The same for what the DKIM signatures of a mail are worth: JSON in the fd
 * of the result.  words are DNS answers, "" asks for the names to look up
 * (daemon/reader/vouch.c); they are copied.  EINVAL: too many of them.
 */
int	supervise_vouch(struct supervise *, int docfd, uint64_t size,
	    char *words, supervise_fn *, void *arg);
/* 1 if supervise_read() would give EAGAIN. */
int	supervise_busy(const struct supervise *);
/* Program and library versions of the reader, "" before it first said so. */
const char *supervise_reader(const struct supervise *);

#endif
