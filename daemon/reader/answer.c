/* SPDX-License-Identifier: ISC */
/*
 * answer: see answer.h.  No more than a piece is kept: an answer can be as
 * long as its limit without memory for it.
 */
#include "daemon/reader/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
answer_init(struct answer *a, int fd, uint64_t max)
{
	memset(&a->tail, 0, sizeof(a->tail));
	a->held = 0;
	a->error = 0;
	a->fd = fd;
	a->max = max;
	a->tail.magic = READING_TAIL;
}

static int
write_all(struct answer *a, const char *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(a->fd, p, len);
		if (n <= 0) {
			a->error = n == 0 ? EIO : errno;
			return -1;
		}
	}
	return 0;
}

/* What is held, then the bytes, if they do not fit beside it. */
static int
hold(struct answer *a, const void *bytes, size_t len)
{
	size_t	 held = a->held;

	if (len > sizeof(a->piece) - held) {
		a->held = 0;
		if (write_all(a, a->piece, held) == -1)
			return -1;
		if (len > sizeof(a->piece))
			return write_all(a, bytes, len);
	}
	memcpy(a->piece + a->held, bytes, len);
	a->held += len;
	return 0;
}

int
answer_add(struct answer *a, const void *bytes, size_t len)
{
	if (a->error == 0 && len > a->max - a->tail.size)
		a->error = EFBIG;
	if (a->error == 0 && len > 0 && hold(a, bytes, len) == 0)
		a->tail.size += len;
	errno = a->error;
	return a->error == 0 ? 0 : -1;
}

int
answer_flush(struct answer *a)
{
	size_t	 held = a->held;

	a->held = 0;
	if (a->error == 0)
		(void)write_all(a, a->piece, held);
	errno = a->error;
	return a->error == 0 ? 0 : -1;
}

void
answer_outcome(struct answer *a, enum reading_outcome outcome)
{
	a->tail.outcome = outcome;
}

void
answer_type(struct answer *a, const char *type)
{
	(void)snprintf(a->tail.type, sizeof(a->tail.type), "%s", type);
}

int
answer_end(struct answer *a)
{
	if (a->error == 0 && hold(a, &a->tail, sizeof(a->tail)) == 0)
		(void)answer_flush(a);
	errno = a->error;
	return a->error == 0 ? 0 : -1;
}
