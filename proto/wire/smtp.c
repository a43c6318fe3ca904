/* SPDX-License-Identifier: ISC */
/*
 * smtp: the server side of LMTP and SMTP.  It must never say 250 to a
 * message by itself, never let anything but CRLF.CRLF (or the count of BDAT)
 * end one, and never take a command from inside one.
 *
 * Transaction (enum stage)		Input (enum input)
 *	START	no LHLO yet		COMMAND	lines
 *	READY	greeted			SKIP	the rest of a line too long
 *	MAIL	sender accepted		DATA	message, ends with CRLF.CRLF
 *	RCPT	a recipient accepted	CHUNK	bytes of BDAT
 *	CHUNKS	BDAT has begun		WAIT	the owner owes replies
 *					TLS	let go until smtp_secured()
 *					CLOSED	all input is let go
 *
 * The verbs, the stages that allow them and their functions are the table of
 * smtp_verbs.c.
 */
#include "proto/wire/smtp_own.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	int		 count;
	const char	*text;
} reply_table[] = {
#define R(key, count, text) { count, text },
	REPLIES(R)
#undef R
};

static const enum reply answer_table[SMTP_ANSWERS] = {
	[SMTP_OK]		= RE_OK,
	[SMTP_NO_SUCH_USER]	= RE_NO_USER,
	[SMTP_NOT_ALLOWED]	= RE_DENIED,
	[SMTP_TOO_LARGE]	= RE_LARGE,
	[SMTP_TROUBLE]		= RE_TROUBLE,
	[SMTP_NO_SPACE]		= RE_NO_SPACE,
};

void
smtp_say(struct smtp_session *s, enum reply reply)
{
	buf_adds(&s->out, reply_table[reply].text);
	buf_adds(&s->out, "\r\n");
	if (!reply_table[reply].count || ++s->errors <= LIMIT_SMTP_ERRORS)
		return;
	buf_adds(&s->out, reply_table[RE_ERRORS].text);
	buf_adds(&s->out, "\r\n");
	s->input = IN_CLOSED;
}

enum reply
smtp_answer_reply(enum smtp_answer answer)
{
	return answer_table[answer];
}

const char *
smtp_reply_text(enum reply reply)
{
	return reply_table[reply].text;
}

const char *
smtp_answer_text(enum smtp_answer answer)
{
	return reply_table[answer_table[answer]].text;
}

static void
smtp_greet(struct smtp_session *s)
{
	buf_adds(&s->out, reply_table[RE_GREET].text);
	buf_adds(&s->out, s->config->host);
	buf_adds(&s->out, s->config->mode == SMTP_MODE_LMTP ?
	    " LMTP Dossier\r\n" : " ESMTP Dossier\r\n");
}

struct smtp_session *
smtp_new(const struct smtp_config *config, const struct smtp_calls *calls,
    void *arg)
{
	struct smtp_session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->config = config;
	s->calls = calls;
	s->arg = arg;
	s->stage = ST_START;
	smtp_greet(s);
	return s;
}

void
smtp_free(struct smtp_session *s)
{
	if (s == NULL)
		return;
	buf_release(&s->line);
	buf_release(&s->held);
	buf_release(&s->out);
	free(s);
}

/* Ends the transaction; the owner hears of it if there was one. */
void
smtp_reset(struct smtp_session *s)
{
	int was = s->stage > ST_READY;

	if (s->stage != ST_START)
		s->stage = ST_READY;
	s->nrcpt = 0;
	s->replied = 0;
	s->size = 0;
	s->utf8 = 0;
	s->verdict = SMTP_OK;
	if (was)
		s->calls->reset(s->arg);
}

/* The message is whole, or lost: its recipients get or wait for replies. */
void
smtp_finish(struct smtp_session *s)
{
	unsigned n = s->config->mode == SMTP_MODE_LMTP ? s->nrcpt : 1;

	s->replied = 0;
	if (s->verdict == SMTP_OK) {
		s->input = IN_WAIT;
		s->calls->data_end(s->arg, SMTP_OK);
		return;
	}
	s->input = IN_COMMAND;
	for (unsigned i = 0; i < n; i++)
		smtp_say(s, answer_table[s->verdict]);
	s->calls->data_end(s->arg, s->verdict);
	smtp_reset(s);
}

void
smtp_chunk_end(struct smtp_session *s)
{
	s->input = IN_COMMAND;
	if (s->chunk_refused) {
		smtp_say(s, s->chunk_reply);
		return;
	}
	if (s->chunk_last) {
		smtp_finish(s);
		return;
	}
	if (s->verdict == SMTP_OK) {
		smtp_say(s, RE_OK);
		return;
	}
	/* Failed before its last chunk: one reply, and RSET is implied. */
	smtp_say(s, answer_table[s->verdict]);
	s->calls->data_end(s->arg, s->verdict);
	smtp_reset(s);
}

/* Bytes up to a CRLF are a command; the line is kept until it is whole. */
static size_t
take_command(struct smtp_session *s, const uint8_t *p, size_t len)
{
	size_t had = s->line.len, room = LIMIT_SMTP_LINE - had, n;
	const uint8_t *lf = memchr(p, '\n', len);

	n = lf ? (size_t)(lf - p) + 1 : len;
	if (n > room) {
		s->cr = p[room - 1] == '\r';
		buf_clear(&s->line);
		s->input = IN_SKIP;
		return room;
	}
	buf_add(&s->line, p, n);
	if (lf == NULL || s->line.len < 2 ||
	    s->line.data[s->line.len - 2] != '\r') {
		if (s->line.len == LIMIT_SMTP_LINE) {
			buf_clear(&s->line);
			s->cr = p[n - 1] == '\r';
			s->input = IN_SKIP;
		}
		return n;
	}
	smtp_command(s, (const char *)s->line.data, s->line.len - 2);
	buf_clear(&s->line);
	return n;
}

static size_t
take_skip(struct smtp_session *s, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int end = s->cr && p[i] == '\n';

		s->cr = p[i] == '\r';
		if (end) {
			s->input = IN_COMMAND;
			smtp_say(s, RE_LONG_LINE);
			return i + 1;
		}
	}
	return len;
}

/* Bytes of the message; past the limit or trouble they are swallowed. */
static void
smtp_bytes(struct smtp_session *s, const uint8_t *p, size_t n)
{
	if (n == 0)
		return;
	s->size += n;
	if (s->verdict != SMTP_OK)
		return;
	if (s->size > s->config->max_size)
		s->verdict = SMTP_TOO_LARGE;
	else
		s->verdict = s->calls->data_bytes(s->arg, p, n);
}

/* Where the text that needs no looking at ends: behind the next CRLF. */
static size_t
text_run(struct smtp_session *s, const uint8_t *p, size_t len)
{
	const uint8_t *at = memmem(p, len, "\r\n.", 3);

	if (at != NULL) {
		s->eod = EOD_CRLF;
		return (size_t)(at - p) + 2;
	}
	if (p[len - 1] == '\r')
		s->eod = EOD_CR;
	else if (len > 1 && p[len - 1] == '\n' && p[len - 2] == '\r')
		s->eod = EOD_CRLF;
	else
		s->eod = EOD_TEXT;
	return len;
}

/*
 * One byte behind a CR, CRLF or dot.  1 if the message ends with it.  What
 * was held back (dot, dot CR) is given on or let go here.
 */
static int
eod_step(struct smtp_session *s, const uint8_t *p)
{
	enum eod was = s->eod;

	s->eod = *p == '\r' ? EOD_CR : EOD_TEXT;
	switch (was) {
	case EOD_CR:
		if (*p == '\n')
			s->eod = EOD_CRLF;
		break;
	case EOD_CRLF:
		if (*p == '.') {
			s->eod = EOD_DOT;
			return 0;
		}
		break;
	case EOD_DOT:		/* the dot is stuffing, or the end */
		if (*p == '\r') {
			s->eod = EOD_DOTCR;
			return 0;
		}
		break;
	case EOD_DOTCR:
		if (*p == '\n')
			return 1;
		smtp_bytes(s, (const uint8_t *)"\r", 1);
		break;
	case EOD_TEXT:
		break;
	}
	smtp_bytes(s, p, 1);
	return 0;
}

static size_t
take_data(struct smtp_session *s, const uint8_t *p, size_t len)
{
	size_t i = 0;

	while (i < len) {
		if (s->eod == EOD_TEXT ||
		    (s->eod == EOD_CRLF && p[i] != '.')) {
			size_t n = text_run(s, p + i, len - i);

			smtp_bytes(s, p + i, n);
			i += n;
		} else if (eod_step(s, p + i++)) {
			smtp_finish(s);
			break;
		}
	}
	return i;
}

static size_t
take_chunk(struct smtp_session *s, const uint8_t *p, size_t len)
{
	size_t n = s->chunk_left < len ? (size_t)s->chunk_left : len;

	if (!s->chunk_refused)
		smtp_bytes(s, p, n);
	s->chunk_left -= n;
	if (s->chunk_left == 0)
		smtp_chunk_end(s);
	return n;
}

/* What one state takes; less than len when the state changed. */
static size_t
smtp_take(struct smtp_session *s, const uint8_t *p, size_t len)
{
	switch (s->input) {
	case IN_COMMAND:
		return take_command(s, p, len);
	case IN_SKIP:
		return take_skip(s, p, len);
	case IN_DATA:
		return take_data(s, p, len);
	case IN_CHUNK:
		return take_chunk(s, p, len);
	case IN_WAIT:
	case IN_TLS:
	case IN_CLOSED:
		break;
	}
	return len;
}

static size_t
smtp_run(struct smtp_session *s, const uint8_t *p, size_t len)
{
	size_t i = 0;

	/* A chunk of no bytes ends without one. */
	while (s->input != IN_WAIT && (i < len ||
	    (s->input == IN_CHUNK && s->chunk_left == 0))) {
		i += smtp_take(s, p + i, len - i);
		if (buf_failed(&s->out) || buf_failed(&s->line))
			s->input = IN_CLOSED;
	}
	return i;
}

static size_t
smtp_hold(struct smtp_session *s, const uint8_t *p, size_t len)
{
	size_t room = SMTP_HELD - s->held.len;

	if (s->input != IN_WAIT)
		return 0;
	if (len > room)
		len = room;
	buf_add(&s->held, p, len);
	if (buf_failed(&s->held))
		s->input = IN_CLOSED;
	return len;
}

size_t
smtp_feed(struct smtp_session *s, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t n = 0;

	if (s->input != IN_WAIT && s->held.len > 0)
		buf_consume(&s->held, smtp_run(s, s->held.data, s->held.len));
	if (s->held.len == 0 && len > 0)
		n = smtp_run(s, p, len);
	if (n < len)
		n += smtp_hold(s, p + n, len - n);
	return n;
}

struct buf *
smtp_out(struct smtp_session *s)
{
	return &s->out;
}

unsigned
smtp_due(const struct smtp_session *s)
{
	if (s->input != IN_WAIT)
		return 0;
	return (s->config->mode == SMTP_MODE_LMTP ? s->nrcpt : 1) - s->replied;
}

void
smtp_reply(struct smtp_session *s, unsigned i, enum smtp_answer answer,
    const char *text)
{
	const char *line = smtp_answer_text(answer);

	if (s->input == IN_CLOSED)
		return;
	assert(s->input == IN_WAIT && i == s->replied);
	if (text == NULL) {
		buf_adds(&s->out, line);
	} else {
		buf_add(&s->out, line, sizeof "250 2.0.0 " - 1);
		for (; *text != '\0'; text++)
			buf_addc(&s->out, (uint8_t)*text < 0x20 ? ' ' : *text);
	}
	buf_adds(&s->out, "\r\n");
	s->replied++;
	if (smtp_due(s) > 0)
		return;
	s->input = IN_COMMAND;
	smtp_reset(s);
}

void
smtp_end(struct smtp_session *s, enum smtp_close why)
{
	static const enum reply close_table[] = {
		[SMTP_CLOSE_IDLE]	= RE_IDLE,
		[SMTP_CLOSE_BUSY]	= RE_BUSY,
		[SMTP_CLOSE_STOPPING]	= RE_STOPPING,
	};

	if (s->input == IN_CLOSED)
		return;
	s->input = IN_CLOSED;
	smtp_say(s, close_table[why]);
	smtp_reset(s);
}

int
smtp_closing(const struct smtp_session *s)
{
	return s->input == IN_CLOSED;
}

int
smtp_in_mail(const struct smtp_session *s)
{
	return s->stage > ST_READY;
}

int
smtp_wants_tls(const struct smtp_session *s)
{
	return s->input == IN_TLS;
}

void
smtp_secured(struct smtp_session *s)
{
	assert(s->input == IN_TLS);
	s->input = IN_COMMAND;
	s->stage = ST_START;
	s->helo[0] = '\0';
	s->plain = 0;
	s->secured = 1;
}

const char *
smtp_helo(const struct smtp_session *s)
{
	return s->helo;
}

const char *
smtp_protocol(const struct smtp_session *s)
{
	if (s->config->mode == SMTP_MODE_LMTP)
		return s->utf8 ? "UTF8LMTP" : "LMTP";
	if (s->secured)
		return s->utf8 ? "UTF8SMTPS" : s->plain ? "SMTP" : "ESMTPS";
	return s->utf8 ? "UTF8SMTP" : s->plain ? "SMTP" : "ESMTP";
}
