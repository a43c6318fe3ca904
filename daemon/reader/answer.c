/* SPDX-License-Identifier: ISC */
/*
 * answer: see answer.h.  Nothing is kept: an answer can be as long as its
 * limit without memory for it.
 */
#include "daemon/reader/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
answer_init(struct answer *a, int fd, uint64_t max)
{
	memset(a, 0, sizeof(*a));
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

int
answer_add(struct answer *a, const void *bytes, size_t len)
{
	if (a->error == 0 && len > a->max - a->tail.size)
		a->error = EFBIG;
	if (a->error == 0 && write_all(a, bytes, len) == 0)
		a->tail.size += len;
	errno = a->error;
	return a->error == 0 ? 0 : -1;
}

void
answer_outcome(struct answer *a, enum reading_outcome outcome)
{
	a->tail.outcome = outcome;
}

void
answer_note(struct answer *a, enum reading_note note)
{
	a->tail.notes |= note;
}

void
answer_type(struct answer *a, const char *type)
{
	(void)snprintf(a->tail.type, sizeof(a->tail.type), "%s", type);
}

int
answer_end(struct answer *a)
{
	if (a->error == 0)
		(void)write_all(a, (const char *)&a->tail, sizeof(a->tail));
	errno = a->error;
	return a->error == 0 ? 0 : -1;
}
