/* SPDX-License-Identifier: ISC */
/*
 * mbox: splits a named mbox.  Only a line that may be a From_ line is held
 * back; everything else goes through as it comes.
 *
 *	state		next byte		then
 *	AT_LINE		'F' (a line that	HOLD
 *			may be From_)
 *	HOLD		up to the line's end	From_ line: next message;
 *						otherwise given on, LINE
 *	LINE		LF			BARE_LINE
 *	BARE_LINE	LF			AT_LINE (an empty line ended)
 *	AT_, BARE_LINE	CR			BARE_CR
 *	BARE_CR		LF			AT_LINE
 *	all		other			LINE
 *
 * AT_LINE is the begin of the file or of a line behind an empty one.
 */
#include "proto/wire/mbox.h"

#include <errno.h>
#include <string.h>

enum { AT_LINE, HOLD, LINE, BARE_LINE, BARE_CR };

#define FROM_MAX 1024	/* a longer line is no From_ line */

void
mbox_init(struct mbox *m, const struct mbox_calls *calls, void *arg)
{
	memset(m, 0, sizeof *m);
	m->calls = calls;
	m->arg = arg;
	m->state = AT_LINE;
}

void
mbox_release(struct mbox *m)
{
	buf_release(&m->held);
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* hh:mm somewhere, and behind it a year of four digits by itself. */
int
mbox_is_from(const char *line, size_t len)
{
	size_t i = 5;

	if (len < 5 || memcmp(line, "From ", 5) != 0)
		return 0;
	for (; i + 4 < len; i++)
		if (is_digit(line[i]) && line[i + 1] == ':' &&
		    is_digit(line[i + 2]) && is_digit(line[i + 3]))
			break;
	for (; i + 4 < len; i++)
		if (line[i] == ' ' && is_digit(line[i + 1]) &&
		    is_digit(line[i + 2]) && is_digit(line[i + 3]) &&
		    is_digit(line[i + 4]) &&
		    (i + 5 == len || !is_digit(line[i + 5])))
			return 1;
	return 0;
}

static int
mbox_bytes(struct mbox *m, const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (!m->in_message) {
		errno = EINVAL;
		return -1;
	}
	return m->calls->bytes(m->arg, p, n);
}

/* A held line is whole, or too long, or the file ends in it. */
static int
mbox_decide(struct mbox *m)
{
	const char *line = (const char *)m->held.data;
	size_t len = m->held.len;
	int rc = 0;

	if (buf_failed(&m->held)) {
		errno = ENOMEM;
		return -1;
	}
	m->state = LINE;
	if (len > 0 && line[len - 1] == '\n') {
		m->state = BARE_LINE;
		len--;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > FROM_MAX || !(mbox_is_from(line, len) ||
	    (!m->in_message && len >= 5 && memcmp(line, "From ", 5) == 0))) {
		rc = mbox_bytes(m, m->held.data, m->held.len);
	} else {
		if (m->in_message)
			rc = m->calls->end(m->arg);
		m->in_message = 1;
		if (rc == 0)
			rc = m->calls->begin(m->arg, line, len);
	}
	buf_clear(&m->held);
	return rc;
}

static int
next_state(int state, uint8_t c)
{
	if (c == '\n')
		return state == LINE ? BARE_LINE : AT_LINE;
	return c == '\r' && state != LINE && state != BARE_CR ? BARE_CR :
	    LINE;
}

/* The bytes up to where a held line may begin; how many. */
static size_t
mbox_run(struct mbox *m, const uint8_t *p, size_t len)
{
	size_t i = 0;

	while (i < len && !(m->state == AT_LINE && p[i] == 'F')) {
		if (m->state == LINE) {
			const uint8_t *lf = memchr(p + i, '\n', len - i);

			if (lf == NULL)
				return len;
			i = (size_t)(lf - p);
		}
		m->state = next_state(m->state, p[i++]);
	}
	return i;
}

/* Takes bytes of a held line; how many. */
static size_t
mbox_hold(struct mbox *m, const uint8_t *p, size_t len)
{
	const uint8_t *lf = memchr(p, '\n', len);
	size_t n = lf ? (size_t)(lf - p) + 1 : len;

	if (n > FROM_MAX + 3 - m->held.len)
		n = FROM_MAX + 3 - m->held.len;
	buf_add(&m->held, p, n);
	return n;
}

int
mbox_feed(struct mbox *m, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		size_t n;

		if (m->state == HOLD) {
			n = mbox_hold(m, p, len);
			if ((p[n - 1] == '\n' || m->held.len == FROM_MAX + 3 ||
			    buf_failed(&m->held)) && mbox_decide(m) == -1)
				return -1;
		} else {
			n = mbox_run(m, p, len);
			if (mbox_bytes(m, p, n) == -1)
				return -1;
			if (n < len)
				m->state = HOLD;
		}
		p += n;
		len -= n;
	}
	return 0;
}

int
mbox_end(struct mbox *m)
{
	if (m->state == HOLD && mbox_decide(m) == -1)
		return -1;
	if (!m->in_message) {
		errno = EINVAL;
		return -1;
	}
	m->in_message = 0;
	return m->calls->end(m->arg);
}
